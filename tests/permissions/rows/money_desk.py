"""The money desk: hosts see payments, staff decide; what belongs to another company is not there."""

from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.payments.models import Credit, GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.open_review import open_review
from freehold.payments.services.receive_credit import store_credit
from freehold.payments.services.record_money import record_money
from freehold.ports.credit_notice import CreditNotice
from tests.apps.payments.builders import a_folio, a_refund
from tests.permissions.matrix import Expectation, Row, members
from tests.permissions.world import World

SIGN_IN = 302


def people(status: int, *, host: int, outsider: int) -> Expectation:
    """A superuser who works in no company has no desk."""
    return {
        **members(host=host, staff=status, admin=status, superuser=404, anonymous=SIGN_IN),
        "outsider": outsider,
    }


def payment(world: World) -> Payment:
    def make(world: World) -> Payment:
        folio = a_folio(54_000, company=world.company)
        actor = Actor.of(world.people["staff"])
        return record_money(
            actor=actor, folio_id=folio.pk, method="cash", amount=Money(54_000, "USD"), reference="Receipt 1"
        )

    made: Payment = world.remember("desk payment", make)
    return made


def refund(world: World) -> Refund:
    made: Refund = world.remember("desk refund", lambda w: a_refund(payment(w), amount=100))
    return made


def item(world: World) -> ReviewItem:
    made: ReviewItem = world.remember(
        "desk item",
        lambda w: open_review(kind=ReviewItem.Kind.DRIFT, key="drift:desk", detail="?", company_id=w.company.pk),
    )
    return made


def credit(world: World) -> Credit:
    notice = CreditNotice("jenga", "T1", "0123", Money(54_000, "USD"), "rent")
    made: Credit = world.remember(
        "desk credit", lambda w: store_credit(notice=notice, company_id=w.company.pk, account="main", trusted=True)
    )
    return made


def event(world: World) -> GatewayEvent:
    made: GatewayEvent = world.remember(
        "desk event",
        lambda w: GatewayEvent.objects.create(
            company=w.company,
            provider="sandbox",
            account="own",
            dedupe_key="desk",
            subject="other",
            type="odd",
            trusted=False,
            body=b"",
        ),
    )
    return made


ROLES = {"host": 403, "staff": 200, "admin": 200, "superuser": 200}


def new_folio(world: World) -> Folio:
    made: Folio = world.remember("desk folio", lambda w: a_folio(100, company=w.company))
    return made


def recorded(world: World) -> dict[str, object]:
    return {
        "company_id": str(world.company.pk),
        "booking": new_folio(world).reference,
        "method": "cash",
        "amount": {"amount": "1.00", "currency": "USD"},
        "reference": "Receipt 9",
    }


ROWS = [
    Row(
        "api/v1/host/credits/",
        "get",
        members(**ROLES),
        path=lambda world: f"/api/v1/host/credits/?company_id={world.company.pk}",
    ),
    Row(
        "api/v1/host/credits/<uuid:credit_id>/allocate/",
        "post",
        members(**ROLES),
        path=lambda world: f"/api/v1/host/credits/{credit(world).pk}/allocate/",
        body=lambda world: {"company_id": str(world.company.pk), "booking": new_folio(world).reference},
    ),
    Row(
        "api/v1/host/credits/<uuid:credit_id>/dismiss/",
        "post",
        members(**ROLES),
        path=lambda world: f"/api/v1/host/credits/{credit(world).pk}/dismiss/",
        body=lambda world: {"reason": "not ours"},
    ),
    Row(
        "api/v1/host/payments/record/",
        "post",
        members(**{**ROLES, "staff": 201, "admin": 201, "superuser": 201}),
        body=recorded,
    ),
    Row(
        "api/v1/host/refunds/<uuid:refund_id>/by-hand/",
        "post",
        members(**{**ROLES, "staff": 409, "admin": 409, "superuser": 409}),
        path=lambda world: f"/api/v1/host/refunds/{refund(world).pk}/by-hand/",
        body=lambda world: {"reference": "Receipt 2"},
    ),
    Row(
        "api/v1/host/payments/<uuid:payment_id>/refund/",
        "post",
        members(**{**ROLES, "staff": 201, "admin": 201, "superuser": 201}),
        path=lambda world: f"/api/v1/host/payments/{payment(world).pk}/refund/",
        body=lambda world: {"amount": {"amount": "1.00", "currency": "USD"}, "reason": "No hot water"},
        headers={"Idempotency-Key": "matrix"},
    ),
    Row(
        "console/money/payments/<uuid:payment_id>/refund/",
        "get",
        people(200, host=403, outsider=404),
        path=lambda world: f"/console/money/payments/{payment(world).pk}/refund/",
    ),
    Row(
        "console/money/payments/<uuid:payment_id>/refund/",
        "post",
        people(422, host=403, outsider=404),
        path=lambda world: f"/console/money/payments/{payment(world).pk}/refund/",
        is_form=True,
    ),
    Row("console/money/", "get", people(200, host=200, outsider=200)),
    Row("console/money/waiting/", "get", people(200, host=403, outsider=200)),
    Row("console/money/record/", "get", people(200, host=403, outsider=200)),
    Row("console/money/record/", "post", people(422, host=403, outsider=422), is_form=True),
    Row(
        "console/money/payments/<uuid:payment_id>/",
        "get",
        people(200, host=200, outsider=404),
        path=lambda world: f"/console/money/payments/{payment(world).pk}/",
    ),
    Row(
        "console/money/payments/<uuid:payment_id>/ask/",
        "post",
        people(302, host=302, outsider=404),
        path=lambda world: f"/console/money/payments/{payment(world).pk}/ask/",
        is_form=True,
    ),
    Row(
        "console/money/reviews/<uuid:item_id>/<slug:step>/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/reviews/{item(world).pk}/settle/",
        body=lambda world: {"note": "done"},
        is_form=True,
    ),
    Row(
        "console/money/refunds/<uuid:refund_id>/<slug:step>/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/refunds/{refund(world).pk}/by-hand/",
        body=lambda world: {"note": "Receipt 2"},
        is_form=True,
    ),
    Row(
        "console/money/events/<uuid:event_id>/replay/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/events/{event(world).pk}/replay/",
        is_form=True,
    ),
    Row(
        "console/money/credits/<uuid:credit_id>/<slug:step>/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/credits/{credit(world).pk}/dismiss/",
        body=lambda world: {"note": "not ours"},
        is_form=True,
    ),
]
