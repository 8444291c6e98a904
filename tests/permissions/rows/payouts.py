"""Paying out: staff make it, administrators approve what others made; no host, and no key of a server, has a part."""

from collections.abc import Callable
from functools import partial
from typing import Any

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import Outgoing, Payee, PayeeDestination
from freehold.finance.services.add_payee import add_payee
from freehold.finance.services.draft_outgoing import draft_outgoing
from freehold.finance.services.set_destination import set_destination
from tests.permissions.matrix import Row, members, signed_in
from tests.permissions.rows.money_desk import people
from tests.permissions.world import World

CASH = {"provider": "cash", "shape": "cash", "values": {"receiver": "Plumber"}}


def maker(world: World) -> Actor:
    return Actor.of(world.people["staff"])


def payee(world: World) -> Payee:
    def make(world: World) -> Payee:
        return add_payee(actor=maker(world), company_id=world.company.pk, kind="supplier", name="Plumber")

    made: Payee = world.remember("payee", make)
    return made


def place(world: World) -> PayeeDestination:
    made: PayeeDestination = world.remember(
        "place", lambda w: set_destination(actor=maker(w), payee_id=payee(w).pk, **CASH)
    )
    return made


def outgoing(world: World) -> Outgoing:
    def make(world: World) -> Outgoing:
        return draft_outgoing(
            actor=maker(world),
            company_id=world.company.pk,
            kind="expense",
            destination_id=place(world).pk,
            amount=Money(1_000, "USD"),
            description="Pipes",
        )

    made: Outgoing = world.remember("outgoing", make)
    return made


def step(world: World, name: str) -> str:
    return f"/api/v1/host/expenses/{outgoing(world).pk}/{name}/"


def made_by(status: int, **exceptions: int) -> dict[str, int]:
    return members(**{"host": 403, "staff": status, "admin": status, "superuser": status, **exceptions})


def draft(world: World) -> dict[str, Any]:
    return {
        "company_id": str(world.company.pk),
        "destination_id": str(place(world).pk),
        "amount": {"amount": "5.00", "currency": "USD"},
        "description": "Pipes",
    }


def company_query(name: str) -> Callable[[World], str]:
    return lambda world: f"/api/v1/host/{name}/?company_id={world.company.pk}"


ROWS = [
    Row("api/v1/host/payout-methods/", "get", signed_in(200)),
    Row("api/v1/host/payees/", "get", made_by(200), path=company_query("payees")),
    Row(
        "api/v1/host/payees/",
        "post",
        made_by(201),
        body=lambda world: {"company_id": str(world.company.pk), "kind": "owner", "name": "Olive"},
    ),
    Row(
        "api/v1/host/payees/<uuid:payee_id>/",
        "get",
        made_by(200),
        path=lambda world: f"/api/v1/host/payees/{payee(world).pk}/",
    ),
    Row(
        "api/v1/host/payees/<uuid:payee_id>/",
        "patch",
        made_by(200),
        path=lambda world: f"/api/v1/host/payees/{payee(world).pk}/",
        body=lambda world: {"name": "Plumber & Daughters"},
    ),
    Row(
        "api/v1/host/payees/<uuid:payee_id>/destinations/",
        "post",
        made_by(201),
        path=lambda world: f"/api/v1/host/payees/{payee(world).pk}/destinations/",
        body=lambda world: CASH,
        is_proved=True,
    ),
    Row(
        "api/v1/host/payees/<uuid:payee_id>/account/",
        "post",
        made_by(400),
        path=lambda world: f"/api/v1/host/payees/{payee(world).pk}/account/",
        body=lambda world: {
            "kind": "credit",
            "amount": {"amount": "5.00", "currency": "USD"},
            "cause": "May",
            "reason": "No owner",
        },
    ),
    Row(
        "api/v1/host/destinations/<uuid:destination_id>/confirm/",
        "post",
        made_by(200, staff=403),
        path=lambda world: f"/api/v1/host/destinations/{place(world).pk}/confirm/",
        is_proved=True,
    ),
    Row(
        "api/v1/host/destinations/<uuid:destination_id>/retire/",
        "post",
        made_by(200),
        path=lambda world: f"/api/v1/host/destinations/{place(world).pk}/retire/",
    ),
    Row("api/v1/host/payouts/", "get", made_by(200), path=company_query("payouts")),
    Row("api/v1/host/payouts/", "post", made_by(400), body=draft),
    Row("api/v1/host/expenses/", "get", made_by(200), path=company_query("expenses")),
    Row("api/v1/host/expenses/", "post", made_by(201), body=draft),
    Row(
        "api/v1/host/payouts/<uuid:outgoing_id>/",
        "get",
        made_by(404),
        path=lambda world: f"/api/v1/host/payouts/{outgoing(world).pk}/",
    ),
    Row(
        "api/v1/host/payouts/<uuid:outgoing_id>/",
        "patch",
        made_by(404),
        path=lambda world: f"/api/v1/host/payouts/{outgoing(world).pk}/",
        body=lambda world: {"version": 1},
    ),
    Row(
        "api/v1/host/payouts/<uuid:outgoing_id>/<slug:step>/",
        "post",
        made_by(404),
        path=lambda world: f"/api/v1/host/payouts/{outgoing(world).pk}/submit/",
    ),
    Row(
        "api/v1/host/expenses/<uuid:outgoing_id>/",
        "get",
        made_by(200),
        path=lambda world: f"/api/v1/host/expenses/{outgoing(world).pk}/",
    ),
    Row(
        "api/v1/host/expenses/<uuid:outgoing_id>/",
        "patch",
        made_by(200),
        path=lambda world: f"/api/v1/host/expenses/{outgoing(world).pk}/",
        body=lambda world: {"version": 1, "description": "More pipes"},
    ),
    Row(
        "api/v1/host/expenses/<uuid:outgoing_id>/<slug:step>/",
        "post",
        made_by(200),
        path=partial(step, name="submit"),
    ),
    Row(
        "api/v1/host/expenses/<uuid:outgoing_id>/<slug:step>/",
        "post",
        made_by(409, staff=403),
        path=partial(step, name="approve"),
        body=lambda world: {"version": 1},
        is_proved=True,
    ),
    Row("console/money/payouts/", "get", people(200, host=403, outsider=200)),
    Row("console/money/payouts.csv", "get", people(200, host=403, outsider=200)),
    Row(
        "console/money/payouts/<uuid:outgoing_id>/",
        "get",
        people(200, host=403, outsider=404),
        path=lambda world: f"/console/money/payouts/{outgoing(world).pk}/",
    ),
    Row(
        "console/money/payouts/<uuid:outgoing_id>/<slug:step>/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/payouts/{outgoing(world).pk}/submit/",
        is_form=True,
    ),
]
