"""Damage deposits and held payments: guests leave their own, hosts see them, staff decide."""

from typing import Any

from freehold.bookings.models import DamageDeposit
from freehold.core import clock
from freehold.payments.models import Payment
from tests.permissions.matrix import Expectation, Row, members, owner
from tests.permissions.world import World
from tests.support.booked import confirmed, open_attempt
from tests.support.deposits import deposit_of

SIGN_IN = 302
ROLES = {"host": 403, "staff": 200, "admin": 200, "superuser": 200}


def people(status: int, *, host: int, outsider: int) -> Expectation:
    return {
        **members(host=host, staff=status, admin=status, superuser=404, anonymous=SIGN_IN),
        "outsider": outsider,
    }


def deposit(world: World) -> DamageDeposit:
    def make(world: World) -> DamageDeposit:
        plan = world.listing.rate_plan
        plan.damage_deposit_minor = 30_000
        plan.save(update_fields=["damage_deposit_minor"])
        booking, _ = confirmed(world.listing, booker=world.guest)
        # The guest was asked: long before the arrival it cannot be left yet.
        DamageDeposit.objects.system("test").filter(booking=booking).update(state="asked", asked_at=clock.now())
        return deposit_of(booking)

    made: DamageDeposit = world.remember("deposit", make)
    return made


def payment(world: World) -> Payment:
    attempt: Payment = world.remember("open payment", lambda w: open_attempt(deposit(w).booking))
    return attempt


def step(name: str, status: int, body: Any = None) -> Row:
    return Row(
        f"api/v1/host/deposits/<uuid:deposit_id>/{name}/",
        "post",
        members(**{**ROLES, "staff": status, "admin": status, "superuser": status}),
        path=lambda world: f"/api/v1/host/deposits/{deposit(world).pk}/{name}/",
        body=lambda world: body or {},
    )


def desk_step(name: str) -> Row:
    return Row(
        "console/money/deposits/<uuid:deposit_id>/<slug:step>/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/deposits/{deposit(world).pk}/{name}/",
        is_form=True,
    )


def trip(suffix: str) -> Any:
    return lambda world: f"/trips/{deposit(world).booking.reference}/{suffix}"


def booker_only(status: int) -> Expectation:
    return owner(404, anonymous=SIGN_IN, guest=status)


ROWS = [
    Row("trips/<slug:reference>/deposit/", "get", booker_only(200), path=trip("deposit/")),
    # No provider of this name: the page says so.
    Row("trips/<slug:reference>/deposit/", "post", booker_only(400), path=trip("deposit/"), is_form=True),
    # Nothing was begun.
    Row("trips/<slug:reference>/deposit/paying/", "get", booker_only(302), path=trip("deposit/paying/")),
    Row("trips/<slug:reference>/deposit/returned/", "get", booker_only(302), path=trip("deposit/returned/")),
    Row(
        "trips/<slug:reference>/deposit/returned/",
        "post",
        booker_only(302),
        path=trip("deposit/returned/"),
        is_form=True,
    ),
    # It is confirmed: there is no request whose payment could be held.
    Row("trips/<slug:reference>/hold-payment/", "get", booker_only(302), path=trip("hold-payment/")),
    Row("trips/<slug:reference>/hold-payment/", "post", booker_only(302), path=trip("hold-payment/"), is_form=True),
    Row(
        "api/v1/host/deposits/",
        "get",
        members(**{**ROLES, "host": 200}),
        path=lambda world: f"/api/v1/host/deposits/?company_id={world.company.pk}",
    ),
    # Nothing is held yet.
    step("claim", 409, {"amount": {"amount": "1.00", "currency": "USD"}, "reason": "A cup"}),
    step("release", 409),
    step("waive", 200),
    Row(
        "api/v1/host/payments/<uuid:payment_id>/capture/",
        "post",
        members(**{**ROLES, "staff": 409, "admin": 409, "superuser": 409}),
        path=lambda world: f"/api/v1/host/payments/{payment(world).pk}/capture/",
    ),
    Row(
        "api/v1/bookings/<uuid:booking_id>/deposit/",
        "get",
        owner(200, staff=200, superuser=200, host=200),
        path=lambda world: f"/api/v1/bookings/{deposit(world).booking_id}/deposit/",
    ),
    # No gateway is asked: whoever may leave it is told that there is no such provider.
    Row(
        "api/v1/bookings/<uuid:booking_id>/deposit/",
        "post",
        owner(400, staff=400, superuser=400, host=403),
        path=lambda world: f"/api/v1/bookings/{deposit(world).booking_id}/deposit/",
        body=lambda world: {"provider": "nobody", "return_url": "https://example.com/"},
    ),
    Row("console/money/deposits/", "get", people(200, host=200, outsider=200)),
    desk_step("waive"),
    Row(
        "console/money/payments/<uuid:payment_id>/capture/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/payments/{payment(world).pk}/capture/",
        is_form=True,
    ),
]
