"""M-Pesa's answer to a push is lost and so is its message: the telephone rang, money came, and nothing can be asked.

No machine here can find that money. A person hears of it while it can still be found, and what is recorded then makes
the booking whole.
"""

import pytest

from freehold.bookings.models import Booking
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, TemporarilyUnavailable
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Posting
from freehold.finance.selectors import folio_balance
from freehold.payments.desk import what_waits
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.services.allocate_credit import allocate_credit
from freehold.payments.services.record_money import record_money
from freehold.payments.services.register_addresses import register_addresses
from freehold.payments.services.resolve_review import resolve_review
from tests.cases.views import PRICE, held, objects, state_of
from tests.support.gateways.fixtures import OpenInn
from tests.support.gateways.inn import Inn
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)

PROMPT_IS_OVER = 2.1  # minutes: then the payer may be asked anew


@pytest.fixture
def inn(open_inn: OpenInn) -> Inn:
    return open_inn("mpesa", patience_s=0.5)


def unheard_of(inn: Inn, *, pays: bool = True) -> tuple[Booking, Payment]:
    """A push is executed, its answer never comes; the payer types the PIN, and the message is lost."""
    booking = inn.book()
    inn.trouble("create_payment", "timeout", executed=True)
    payment = inn.pay(booking)
    assert (payment.state, payment.object_id) == (PaymentState.UNKNOWN, "")
    if pays:
        inn.act(payment, "pay")
        inn.lose(inn.arrived())
    return booking, payment


def questions(inn: Inn) -> list[ReviewItem]:
    """What somebody at the money desk of the house sees."""
    return what_waits(actor=Actor.of(inn.admin), company_id=inn.company.pk).reviews


def the_question(inn: Inn, payment: Payment) -> ReviewItem:
    (item,) = questions(inn)
    assert (item.kind, item.payment_id) == (ReviewItem.Kind.NO_ANSWER, payment.pk)
    assert (item.amount_minor, item.currency) == (PRICE, "KES")
    assert payment.request["reference"] in item.detail
    return item


def kept(inn: Inn) -> int:
    """What our books say came in by people's or the bank's word."""
    rows = Posting.objects.filter(account__company=inn.company, account__code="bank")
    return sum(rows.values_list("amount_minor", flat=True))


def assert_whole(inn: Inn, booking: Booking) -> None:
    assert state_of(booking) == "confirmed"
    assert not folio_balance(booking.folio_id).owed.is_positive
    assert held(inn) == kept(inn) + inn.ledger().get(("mpesa", "KES"), 0) == PRICE
    assert broken_promises() == []


@pytest.mark.parametrize("again", [False, True], ids=["the payer goes away", "the telephone rings again"])
def test_money_of_a_push_that_nobody_names_is_a_question_at_the_desk(inn: Inn, again: bool) -> None:
    booking, payment = unheard_of(inn)
    if again:
        inn.advance(PROMPT_IS_OVER)
        inn.reconcile()
        assert inn.reload(payment).object_id
        assert objects(inn) == 2
    else:
        inn.cancel(booking)
        inn.work()
    inn.let_time_pass()
    assert inn.reload(payment).state in (PaymentState.CANCELLED, PaymentState.EXPIRED, PaymentState.FAILED)
    assert (held(inn), inn.ledger()) == (PRICE, {})
    the_question(inn, payment)


def test_a_clerk_who_finds_the_receipt_records_it_and_the_booking_is_whole(inn: Inn) -> None:
    booking, payment = unheard_of(inn)
    inn.let_time_pass()
    question = the_question(inn, payment)
    ((receipt,),) = inn.till.rows("SELECT receipt FROM movement")
    desk = Actor.of(inn.admin)
    record_money(
        actor=desk,
        folio_id=booking.folio_id,
        method="bank_transfer",
        amount=Money(PRICE, "KES"),
        reference=receipt,
    )
    inn.settle()
    assert_whole(inn, booking)
    resolve_review(actor=desk, item_id=question.pk, resolution=f"Found as {receipt}, and recorded.")
    assert questions(inn) == []


def test_m_pesas_word_of_the_credit_waits_beside_it_and_makes_it_whole(inn: Inn) -> None:
    """Where an address for credits is registered, M-Pesa confirms pushes there too, under the booking's reference."""
    register_addresses(actor=Actor.system("cases"), account=inn.till.account)
    booking, payment = unheard_of(inn, pays=False)
    inn.act(payment, "pay")
    inn.lose(message for message in inn.arrived() if message.type.startswith("stkCallback"))
    assert inn.deliver() == [200]
    inn.let_time_pass()
    desk = Actor.of(inn.admin)
    the_question(inn, payment)
    (credit,) = what_waits(actor=desk, company_id=inn.company.pk).credits
    assert booking.reference.replace("-", "") in credit.reference
    allocate_credit(actor=desk, credit_id=credit.pk, folio_id=booking.folio_id)
    inn.settle()
    assert_whole(inn, booking)


def test_a_message_that_was_only_late_answers_the_question(inn: Inn) -> None:
    booking, payment = unheard_of(inn, pays=False)
    inn.act(payment, "pay")
    message = inn.arrived()
    inn.cancel(booking)
    inn.work()
    the_question(inn, payment)
    inn.deliver(message)
    inn.settle()
    inn.advance(1)
    inn.settle()
    assert inn.reload(payment).state == PaymentState.PAID
    assert questions(inn) == []
    inn.finish()


def test_a_push_that_was_certainly_not_made_is_no_question(inn: Inn) -> None:
    refused = inn.book()
    inn.trouble("create_payment", "rate_limited")
    with pytest.raises(TemporarilyUnavailable):
        inn.pay(refused)
    declined = inn.book()
    with pytest.raises(BadInput):
        inn.pay(declined, phone="+8801712345678")
    for booking in (refused, declined):
        inn.cancel(booking)
    inn.work()
    assert set(Payment.objects.company(inn.company.pk).values_list("object_id", flat=True)) == {""}
    assert questions(inn) == []
