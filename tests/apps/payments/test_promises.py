"""What `verify` says of money that somebody has looked at: a resolved question excuses nothing."""

import pytest

from freehold.core import clock
from freehold.domain import ledger
from freehold.finance.services.post_entry import post_entry
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.open_review import open_review
from freehold.payments.services.record_money import record_money
from tests.apps.payments.builders import a_folio, usd
from tests.apps.payments.test_disputed_refunds import SYSTEM
from tests.factories import ListingFactory
from tests.support.booked import confirmed
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db
PROMISE = "ledger_knows_what_gateways_hold"


def question(payment: Payment) -> ReviewItem:
    return open_review(
        kind=ReviewItem.Kind.AMOUNT_MISMATCH, key="q", detail="?", company_id=payment.company_id, payment=payment
    )


def spoil(payment: Payment) -> None:
    """Moves money out of the gateway's balance for which there is no reason."""
    entry = ledger.refund_paid(usd(100))
    post_entry(folio=payment.folio, key="spoiled", entry=entry, occurred_at=clock.now())


def test_a_folio_whose_question_is_resolved_is_checked_again() -> None:
    _, payment = confirmed(ListingFactory())
    item = question(payment)
    spoil(payment)
    assert PROMISE not in broken_promises()
    ReviewItem.objects.filter(pk=item.pk).update(resolved_at=clock.now())
    assert PROMISE in broken_promises()


def test_parts_that_came_by_hand_are_checked_once_the_question_is_resolved() -> None:
    folio = a_folio(54_000)
    for number, minor in enumerate((20_000, 34_000)):
        payment = record_money(
            actor=SYSTEM, folio_id=folio.pk, method="cash", amount=usd(minor), reference=f"Receipt {number}"
        )
    assert ReviewItem.objects.filter(payment=payment, resolved_at=None).count() == 0
    assert ReviewItem.objects.filter(payment=payment).exists()
    assert PROMISE not in broken_promises()
    spoil(payment)
    assert PROMISE in broken_promises()
