"""Money that comes when the hold is over, from two providers at once, and past clocks that are off."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.core import clock
from freehold.core.errors import Conflict
from freehold.core.events import Event
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.inventory.errors import ClaimLapsed
from freehold.payments.models import Refund
from tests.cases.concerning import every_provider
from tests.cases.views import PRICE, ask, entries, held, opened, pay_unseen, state_of
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.inn import Inn

pytestmark = pytest.mark.django_db(transaction=True)

HOLD_IS_OVER = 16.0
OFF = timedelta(minutes=10)


@every_provider
def test_case_11_paid_when_the_hold_was_over_books_a_free_room_again(inn: Inn, letters: list[Event]) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment)
    clock.move(timedelta(minutes=HOLD_IS_OVER))
    # The sweeper comes before the reconciler does.
    expire_due_bookings()
    assert state_of(booking) == "expired"
    ask(inn, payment)
    assert (payment.state, state_of(booking), entries(booking)) == (PaymentState.PAID, "confirmed", 1)
    assert (held(inn), len(letters)) == (PRICE, 1)
    inn.settle()
    assert not Refund.objects.system("cases").exists()


@every_provider
def test_case_12_paid_when_the_room_was_taken_goes_back_once_and_the_guest_is_told(
    inn: Inn, letters: list[Event]
) -> None:
    booking, payment = opened(inn)
    pay_unseen(inn, payment)
    clock.move(timedelta(minutes=HOLD_IS_OVER))
    rival = inn.book(same_as=booking)
    ask(inn, payment)
    for _ in range(2):
        ask(inn, payment)
    refund = Refund.objects.system("cases").get()
    assert (refund.state, refund.amount_minor) == (RefundState.SUCCEEDED, PRICE)
    assert (state_of(booking), state_of(rival), held(inn)) == ("expired", "held", 0)
    assert [type(letter).__name__ for letter in letters] == ["PaymentSentBack"]


@every_provider
def test_case_13_of_two_providers_that_are_paid_one_is_kept(open_inn: OpenInn, provider: str) -> None:
    """The guest pays on the first page, changes to another provider, and pays there as well."""
    other = "razorpay" if provider == "stripe" else "stripe"
    inn = open_inn(provider, other)
    currency = inn.tills["razorpay" if provider == "stripe" else provider].currency
    booking = inn.book(currency=currency)
    first = inn.pay(booking)
    if provider == "stripe":
        # Its page can be closed: when it was paid before, no second one opens; when not, nobody pays there any more.
        pay_unseen(inn, first)
        with pytest.raises(Conflict) as refused:
            inn.pay(booking, other)
        assert refused.value.code == "payment_in_progress"
        assert (state_of(booking), inn.books()) == ("confirmed", {("stripe", currency): PRICE})
        return
    second = inn.pay(booking, other)
    pay_unseen(inn, first)
    pay_unseen(inn, second)
    ask(inn, second)
    assert (state_of(booking), entries(booking)) == ("confirmed", 1)
    ask(inn, first)
    inn.settle()
    assert {inn.reload(first).state, inn.reload(second).state} == {PaymentState.PAID}
    assert inn.books() == {(other, currency): PRICE} == inn.ledger()
    assert Refund.objects.system("cases").get().payment == first


@pytest.mark.parametrize("off", [OFF, -OFF], ids=["ahead", "behind"])
@every_provider
def test_case_44_a_web_server_whose_clock_is_off_holds_and_ends_holds_in_time(
    inn: Inn, off: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    right: Any = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() + off)
    booking, payment = opened(inn)
    pay_unseen(inn, payment, "pay")
    inn.deliver()
    inn.work()
    monkeypatch.setattr(clock, "now", right)
    ask(inn, payment)
    assert (state_of(booking), entries(booking), held(inn)) == ("confirmed", 1, PRICE)
    monkeypatch.setattr(clock, "now", lambda: right() + off)
    late = inn.book()
    clock.move(timedelta(minutes=14))
    assert inn.pay(late).state == PaymentState.PENDING
    clock.move(timedelta(minutes=2))
    with pytest.raises(ClaimLapsed):
        inn.pay(late)
