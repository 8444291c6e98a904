"""Going to the provider: twice at once, without an answer, with nonsense for one, for another price."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from freehold.bookings.models import Booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.types import ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, TemporarilyUnavailable
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.services.refresh_payment import refresh_payment
from tests.apps.payments.racing import meet_before, without_row_locks
from tests.cases.concerning import every_provider, providers
from tests.cases.views import PRICE, ask, entries, held, objects, opened, pay_unseen, state_of
from tests.support.duel import Outcome, duel
from tests.support.gateways.inn import Inn

pytestmark = pytest.mark.django_db(transaction=True)

PROMPT_IS_OVER = timedelta(minutes=3)
"""M-Pesa may be asked again only when the first prompt cannot be answered any more."""


def four_clicks(inn: Inn) -> tuple[Booking, list[Outcome]]:
    booking = inn.book()
    return booking, duel(*[lambda: inn.pay(booking, phone="+254712999001")] * 4)


@every_provider
def test_case_14_four_clicks_at_once_are_one_payment_at_the_provider(inn: Inn) -> None:
    booking, outcomes = four_clicks(inn)
    attempts = {outcome.value.pk for outcome in outcomes if outcome.won}
    assert len(attempts) == booking.folio.payments.count() == 1, outcomes
    assert all(outcome.won or isinstance(outcome.error, Conflict | TemporarilyUnavailable) for outcome in outcomes)
    payment = booking.folio.payments.get()
    assert payment.object_id
    again = inn.pay(booking, phone="+254712999001")
    assert (again.pk, again.next_action) == (payment.pk, payment.next_action)
    assert objects(inn) == 1
    pay_unseen(inn, payment, "pay")
    inn.settle()
    assert (state_of(booking), held(inn), inn.reviews()) == ("confirmed", PRICE, [])


@providers("stripe")
def test_without_the_folios_lock_two_clicks_would_be_two_attempts(inn: Inn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's constraint is what is left then."""
    meet_before(monkeypatch, Payment.objects, "create", parties=4)
    with without_row_locks():
        _, outcomes = four_clicks(inn)
    assert any(isinstance(outcome.error, IntegrityError) for outcome in outcomes), outcomes


@pytest.mark.parametrize("executed", [True, False], ids=["executed", "not executed"])
@every_provider
def test_case_15_and_16_a_creation_that_hangs_is_found_or_made_again(hasty: Inn, executed: bool) -> None:
    inn = hasty
    booking = inn.book()
    inn.trouble("create_payment", "timeout", executed=executed)
    payment = inn.pay(booking)
    assert (payment.state, payment.object_id) == (PaymentState.UNKNOWN, "")
    assert objects(inn) == int(executed)
    if inn.till.slug == "mpesa":
        assert refresh_payment(payment_id=payment.pk).object_id == "", "no second prompt while the first may live"
        if not executed:
            clock.move(PROMPT_IS_OVER)
            inn.reconcile()
    else:
        assert inn.pay(booking).pk == payment.pk
    # bKash gives the only address of its page in the answer: a page that nobody can reach takes nothing.
    expected = 2 if executed and inn.till.slug == "bkash" else 1
    pay_unseen(inn, payment, "pay")
    ask(inn, payment)
    assert objects(inn) == expected
    assert booking.folio.payments.count() == 1
    assert (state_of(booking), entries(booking), held(inn)) == ("confirmed", 1, PRICE)


NONSENSE = ("error_500", "html", "empty")


@every_provider
def test_case_17_nonsense_for_an_answer_is_no_answer(inn: Inn) -> None:
    for kind in NONSENSE:
        booking = inn.book()
        inn.trouble("create_payment", kind)
        payment = inn.pay(booking)
        assert payment.state == PaymentState.UNKNOWN, kind
        if inn.till.slug == "mpesa":
            clock.move(PROMPT_IS_OVER)
        again = inn.pay(booking)
        assert (again.pk, again.state) == (payment.pk, PaymentState.PENDING), kind
        pay_unseen(inn, again)
        inn.trouble("fetch_payment", kind)
        Payment.objects.system("cases").filter(pk=payment.pk).update(next_fetch_at=clock.now())
        assert inn.reconcile() == 1, kind
        assert inn.reload(payment).state in (PaymentState.PENDING, PaymentState.PROCESSING), kind
        ask(inn, payment)
        assert (state_of(booking), entries(booking)) == ("confirmed", 1), kind
    assert held(inn) == len(NONSENSE) * PRICE


def longer(booking: Booking) -> None:
    """Six nights instead of three: 300.00 more."""
    item = booking.items.get()
    first = booking.starts_at.date()
    change = ItemChange(item.pk, item.listing_id, Nights(first, first + timedelta(days=6)), Party(2))
    change_booking(actor=Actor.of(booking.booker), booking_id=booking.pk, changes=[change])
    booking.refresh_from_db()


@every_provider
def test_case_42_the_page_with_the_old_price_does_not_pay_for_the_new_one(inn: Inn) -> None:
    booking, old = opened(inn)
    longer(booking)
    inn.settle()
    assert booking.due_now_minor == 2 * PRICE
    assert inn.reload(old).state in (PaymentState.CANCELLED, PaymentState.EXPIRED)
    pay_unseen(inn, old, "pay")  # where the provider lets it be paid all the same
    ask(inn, old)
    assert state_of(booking) in ("held", "pending_payment")
    if inn.till.slug == "stripe":
        assert held(inn) == 0
    inn.advance(0.5)
    new = inn.pay(booking)
    assert (new.amount_minor, new.pk != old.pk) == (2 * PRICE, True)
    pay_unseen(inn, new, "pay")
    inn.settle()
    assert (state_of(booking), held(inn)) == ("confirmed", 2 * PRICE)
