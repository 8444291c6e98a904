"""Wherever money is shown that is none, the page says so: at the desk, where guests pay, and on what they keep."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freehold.bookings.models import Booking
from freehold.core import outside
from freehold.payments.by_hand import ByHand
from freehold.payments.models import GatewayAccount, Payment
from freehold.payments.modes import choices_in_test_mode, payments_in_test_mode
from freehold.web.site.present.providers import provider_choices
from tests.apps.payments.builders import a_folio, a_payment
from tests.factories import ListingFactory, MembershipFactory
from tests.support.booked import confirmed

pytestmark = pytest.mark.django_db
BADGE = "Test mode"


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_gateways", {})
    monkeypatch.setattr(outside, "_test_gateways", set())


@pytest.fixture
def sold() -> tuple[Booking, Payment]:
    booking, payment = confirmed(ListingFactory())
    payment.refresh_from_db()
    return booking, payment


def connected(payment: Payment, *, livemode: bool) -> None:
    """The payment was made at an account of the company's own."""
    GatewayAccount.objects.create(
        company_id=payment.company_id,
        provider=payment.provider,
        account=payment.account,
        label="Own",
        livemode=livemode,
        endpoint_token="t",
    )


def pages_of(booking: Booking, payment: Payment) -> dict[str, str]:
    """What staff and the guest see."""
    staff, guest = Client(), Client()
    staff.force_login(MembershipFactory(company=booking.company, role="staff").user)
    guest.force_login(booking.booker)
    seen: dict[str, Any] = {
        name: staff.get(reverse(f"console:{name}", args=args))
        for name, args in (("payments", []), ("payment", [payment.pk]), ("payment_refund", [payment.pk]))
    }
    for name in ("trip", "confirmed"):
        seen[name] = guest.get(reverse(f"site:{name}", args=[booking.reference]))
    assert {name: answer.status_code for name, answer in seen.items()} == dict.fromkeys(seen, 200)
    return {name: answer.text for name, answer in seen.items()}


@pytest.mark.parametrize("livemode", [True, False])
def test_what_was_paid_with_test_keys_is_marked_on_every_page_and_nothing_else_is(
    sold: tuple[Booking, Payment], livemode: bool
) -> None:
    connected(sold[1], livemode=livemode)
    marked = {name for name, text in pages_of(*sold).items() if BADGE in text}
    assert marked == (set() if livemode else {"payments", "payment", "payment_refund", "trip", "confirmed"})


def test_the_installations_test_account_is_marked_without_a_question_to_the_database(
    sold: tuple[Booking, Payment], django_assert_num_queries: Any
) -> None:
    payment = sold[1]
    outside.bind_payment_gateway(ByHand(payment.provider, payment.account), livemode=False)
    with django_assert_num_queries(0):
        assert payments_in_test_mode([payment]) == {payment.pk}
        assert choices_in_test_mode(outside.payment_gateways()) == {payment.provider}
    outside.bind_payment_gateway(ByHand(payment.provider, payment.account), livemode=True)
    assert payments_in_test_mode([payment]) == frozenset()


def test_cash_is_real_money(sold: tuple[Booking, Payment]) -> None:
    cash = a_payment(a_folio(100, company=sold[0].company), provider="cash", account="by_hand")
    assert payments_in_test_mode([cash]) == frozenset()


def test_a_choice_that_takes_no_real_money_says_so(client: Client, sold: tuple[Booking, Payment]) -> None:
    connected(sold[1], livemode=False)
    own, other = ByHand("sandbox", sold[1].account), ByHand("stripe", "acct_live")
    marks = {choice.slug: choice.is_test for choice in provider_choices({"sandbox": own, "stripe": other})}
    assert marks == {"sandbox": True, "stripe": False}
