"""Razorpay's books against ours: its fees with the tax on them, and charges of which no message came."""

from datetime import timedelta

import pytest

from freehold.core import clock
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import JournalEntry
from freehold.payments.models import Difference, GatewayFee, Payment
from freehold.payments.services.compare_ledgers import compare_ledgers
from freehold.payments.services.repair_difference import repair_difference
from tests.apps.payments.shop import SYSTEM, account_balance, reload
from tests.apps.payments.test_razorpay import RazorpayShop, shop, simulator
from tests.support.promises import broken_promises

__all__ = ["shop", "simulator"]

pytestmark = pytest.mark.django_db(transaction=True)


def compared(shop: RazorpayShop) -> None:
    now = clock.now()
    window = {"since": now - timedelta(hours=1), "until": now + timedelta(minutes=5)}
    compare_ledgers(gateway=shop.gateway, company_id=None, **window)


def fees(payment: Payment) -> list[int]:
    rows = GatewayFee.objects.company(payment.company_id).filter(payment=payment)
    return sorted(rows.values_list("amount_minor", flat=True))


def test_what_the_provider_kept_is_in_the_books_once(shop: RazorpayShop) -> None:
    payment = shop.paid()
    for _ in range(2):
        compared(shop)
    assert fees(payment) == [194, 1_080]
    assert account_balance(payment.folio_id, "gateway_fees") == 1_274
    assert account_balance(payment.folio_id, "gateway_clearing") == 54_000 - 1_274
    entries = JournalEntry.objects.company(payment.company_id).filter(kind="gateway_fee")
    assert entries.count() == len([194, 1_080])
    broken = broken_promises()
    assert "fees_are_in_the_books" not in broken
    assert "ledger_knows_what_gateways_hold" not in broken


def test_a_charge_of_which_no_message_came_is_found_and_recorded(shop: RazorpayShop) -> None:
    payment = shop.sell()
    shop.act(payment, "lost_webhook")
    compared(shop)
    row = Difference.objects.get(payment=payment)
    assert (row.kind, row.theirs_minor, row.ours_minor) == ("payment", 54_000, None)
    repair_difference(actor=SYSTEM, difference_id=row.pk, repair="fetch")
    assert reload(payment).state == PaymentState.PAID
    row.review.refresh_from_db()
    assert row.review.resolved_at is not None
    compared(shop)
    assert not Difference.objects.filter(payment=payment, review__resolved_at=None).exists()
