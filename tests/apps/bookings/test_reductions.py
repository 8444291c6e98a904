"""A host grants a reduction: what it does to what is owed, to what was paid, to the books, and to what comes after."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.check_in_booking import check_in_booking
from freehold.bookings.services.check_out_booking import check_out_booking, undo_check_out
from freehold.bookings.services.grant_reduction import grant_reduction, grantable
from freehold.bookings.services.mark_no_show import mark_no_show
from freehold.bookings.types import ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.core.ids import uuid7
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.finance.models import CreditNote
from freehold.finance.selectors import account_balances, folio_balance
from freehold.payments.models import Payment, Refund
from tests.factories import ListingFactory, MembershipFactory, TaxFactory, UserFactory
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def grant(booking: Booking, minor: int, **options: Any) -> CreditNote:
    given = {"cause": "goodwill", "reason": "The heating was cold.", "key": uuid7().hex, "actor": SYSTEM, **options}
    return grant_reduction(booking_id=booking.pk, amount=usd(minor), **given)


def held(booking: Booking, account: Account) -> int:
    return account_balances(booking.folio)[account].minor


def at_property(**options: Any) -> Booking:
    booking = hold(ListingFactory(payment_terms="at_property"), **options)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    return booking


def test_what_is_not_paid_yet_is_owed_no_more() -> None:
    booking = at_property()
    note = grant(booking, 5_000)
    balance = folio_balance(booking.folio_id)
    assert (balance.owed.minor, balance.written_off.minor) == (booking.total_minor - 5_000, 5_000)
    assert (note.written_off_minor, note.refunded_minor) == (5_000, 0)
    assert held(booking, Account.RECEIVABLE) == booking.total_minor - 5_000
    assert broken_promises() == []


def test_of_what_is_paid_it_goes_back() -> None:
    booking, payment = confirmed(ListingFactory())
    note = grant(booking, 5_000)
    refund = Refund.objects.system("test").get()
    assert (refund.payment_id, refund.amount_minor, refund.reason) == (payment.pk, 5_000, note.reason)
    assert (note.written_off_minor, note.refunded_minor) == (0, 5_000)
    assert folio_balance(booking.folio_id).owed.is_zero
    assert held(booking, Account.RECEIVABLE) == 0
    assert broken_promises() == []


def test_what_is_owed_is_lowered_first_and_only_the_rest_goes_back() -> None:
    listing = ListingFactory(payment_terms="deposit", rate_plan__deposit_basis_points=2_000)
    booking, _payment = confirmed(listing)
    open_minor = folio_balance(booking.folio_id).owed.minor
    assert open_minor
    note = grant(booking, open_minor + 1_000)
    assert (note.written_off_minor, note.refunded_minor) == (open_minor, 1_000)
    assert broken_promises() == []


def test_price_and_taxes_are_taken_back_in_proportion() -> None:
    listing = ListingFactory()
    listing.rate_plan.taxes.add(TaxFactory(company=listing.company))
    booking, _payment = confirmed(listing)
    unearned, taxes = -held(booking, Account.UNEARNED), -held(booking, Account.TAX_PAYABLE)
    assert taxes
    tenth = booking.total_minor // 10
    note = grant(booking, tenth)
    assert -held(booking, Account.UNEARNED) + -held(booking, Account.TAX_PAYABLE) == booking.total_minor - tenth
    assert abs(note.tax_minor * (unearned + taxes) - tenth * taxes) <= unearned + taxes
    assert -held(booking, Account.TAX_PAYABLE) == taxes - note.tax_minor
    assert broken_promises() == []


def test_after_the_stay_it_is_revenue_that_is_taken_back_and_stays_so() -> None:
    booking, _payment = confirmed(ListingFactory(), arrive_in=1)
    clock.move(booking.starts_at + timedelta(hours=1) - clock.database_now())
    check_in_booking(actor=SYSTEM, booking_id=booking.pk)
    check_out_booking(actor=SYSTEM, booking_id=booking.pk)
    grant(booking, 5_000)
    assert -held(booking, Account.REVENUE) == booking.total_minor - 5_000
    undo_check_out(actor=SYSTEM, booking_id=booking.pk)
    assert -held(booking, Account.UNEARNED) == booking.total_minor - 5_000
    assert broken_promises() == []


def test_never_more_than_was_charged_less_what_was_granted() -> None:
    booking, _payment = confirmed(ListingFactory())
    grant(booking, booking.total_minor - 1_000)
    assert grantable(booking.folio) == usd(1_000)
    with pytest.raises(Conflict) as refusal:
        grant(booking, 1_001)
    assert refusal.value.code == "exceeds_charge"
    grant(booking, 1_000)
    with pytest.raises(Conflict) as refusal:
        grant(booking, 1)
    assert refusal.value.code == "nothing_charged"
    assert broken_promises() == []


def test_of_a_cancelled_booking_what_was_kept_can_be_let_off() -> None:
    booking, _payment = confirmed(ListingFactory(), arrive_in=1)
    grant(booking, 2_000)
    clock.move(booking.starts_at - timedelta(minutes=5) - clock.database_now())
    cancel_booking(actor=SYSTEM, booking_id=booking.pk)
    booking.refresh_from_db()
    assert held(booking, Account.RECEIVABLE) == 0 == held(booking, Account.UNEARNED)
    assert booking.fee_minor
    assert grantable(booking.folio) == usd(booking.fee_minor)
    grant(booking, booking.fee_minor)
    assert held(booking, Account.CANCELLATION_REVENUE) == 0 == held(booking, Account.RECEIVABLE)
    assert broken_promises() == []


def test_a_cancellation_gives_back_no_more_than_was_left() -> None:
    booking, _payment = confirmed(ListingFactory())
    grant(booking, 5_000)
    cancel_booking(actor=SYSTEM, booking_id=booking.pk)
    refunds = Refund.objects.system("test").values_list("amount_minor", flat=True)
    assert sum(refunds) <= booking.total_minor
    assert held(booking, Account.RECEIVABLE) == 0
    assert broken_promises() == []


def test_who_does_not_come_owes_no_more_than_the_reduction_left() -> None:
    booking = at_property(arrive_in=1)
    grant(booking, booking.total_minor - 3_000)
    clock.move(booking.starts_at + timedelta(days=2) - clock.database_now())
    mark_no_show(actor=SYSTEM, booking_id=booking.pk)
    assert folio_balance(booking.folio_id).owed.minor <= 3_000
    assert held(booking, Account.RECEIVABLE) == folio_balance(booking.folio_id).owed.minor
    assert broken_promises() == []


@pytest.mark.parametrize("is_paid", [True, False])
@pytest.mark.parametrize("nights", [2, 4])
def test_a_change_keeps_what_was_granted(nights: int, is_paid: bool) -> None:
    booking = confirmed(ListingFactory(), nights=3)[0] if is_paid else at_property(nights=3)
    grant(booking, 5_000)
    item = booking.items.get()
    wanted = ItemChange(item.pk, when=Nights(item.check_in, item.check_in + timedelta(days=nights)))
    change_booking(actor=SYSTEM, booking_id=booking.pk, changes=[wanted])
    if is_paid and nights > 3:
        change = booking.changes.get()
        attempt = open_attempt(booking)
        Payment.objects.system("test").filter(pk=attempt.pk).update(amount_minor=change.due_minor)
        attempt.refresh_from_db()
        money_comes(attempt)
    booking.refresh_from_db()
    balance = folio_balance(booking.folio_id)
    assert (balance.settled + balance.owed).minor == booking.total_minor + booking.kept_minor - 5_000
    assert held(booking, Account.RECEIVABLE) == balance.owed.minor
    assert broken_promises() == []


def test_a_change_to_less_than_was_granted_is_refused() -> None:
    booking, _payment = confirmed(ListingFactory(), nights=3)
    grant(booking, booking.total_minor)
    item = booking.items.get()
    wanted = ItemChange(item.pk, when=Nights(item.check_in, item.check_in + timedelta(days=1)))
    with pytest.raises(Conflict) as refusal:
        change_booking(actor=SYSTEM, booking_id=booking.pk, changes=[wanted])
    assert refusal.value.code == "credited_exceeds"


def test_money_that_comes_for_a_change_planned_before_the_reduction_goes_back() -> None:
    booking, _payment = confirmed(ListingFactory(), nights=3)
    item = booking.items.get()
    wanted = ItemChange(item.pk, when=Nights(item.check_in, item.check_in + timedelta(days=4)))
    change_booking(actor=SYSTEM, booking_id=booking.pk, changes=[wanted])
    with pytest.raises(Conflict) as refusal:
        grant(booking, 1_000)
    assert refusal.value.code == "change_pending"
    change = booking.changes.get()
    attempt = open_attempt(booking)
    Payment.objects.system("test").filter(pk=attempt.pk).update(amount_minor=change.due_minor)
    attempt.refresh_from_db()
    clock.move(timedelta(hours=1))
    grant(booking, 1_000)
    money_comes(attempt)
    booking.refresh_from_db()
    assert booking.items.get().check_out == item.check_out
    assert Refund.objects.system("test").filter(payment=attempt).get().amount_minor == change.due_minor
    assert broken_promises() == []


def test_the_same_key_grants_once_and_another_reduction_under_it_is_refused() -> None:
    booking, _payment = confirmed(ListingFactory())
    first = grant(booking, 1_000, key="form")
    assert grant(booking, 1_000, key="form").pk == first.pk
    assert Refund.objects.system("test").count() == 1
    with pytest.raises(Conflict) as refusal:
        grant(booking, 2_000, key="form")
    assert refusal.value.code == "note_key_used"


def test_numbers_count_per_company_and_year() -> None:
    booking, other = confirmed(ListingFactory())[0], confirmed(ListingFactory())[0]
    year = clock.now().year
    assert [grant(booking, 100).document_number for _ in range(2)] == [f"CN-{year}-0001", f"CN-{year}-0002"]
    assert grant(other, 100).document_number == f"CN-{year}-0001"
    clock.move(timedelta(days=366))
    assert grant(booking, 100).document_number == f"CN-{clock.now().year}-0001"
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("wrong", "attr"),
    [
        ({"cause": "whim"}, "cause"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"key": ""}, "key"),
    ],
)
def test_bad_input_is_told_by_its_field_and_leaves_nothing(wrong: dict[str, str], attr: str) -> None:
    booking, _payment = confirmed(ListingFactory())
    with pytest.raises(BadInput) as refusal:
        grant(booking, 1_000, **wrong)
    assert refusal.value.errors[0].attr == attr
    assert not CreditNote.objects.system("test").exists()


def test_other_currencies_and_amounts_that_are_not_positive_are_refused() -> None:
    booking, _payment = confirmed(ListingFactory())
    for amount in (Money(100, "EUR"), usd(0), usd(-5)):
        with pytest.raises(BadInput):
            grant_reduction(
                actor=SYSTEM, booking_id=booking.pk, amount=amount, cause="goodwill", reason="Cold.", key="k"
            )


def test_a_hold_has_nothing_to_reduce() -> None:
    with pytest.raises(Conflict) as refusal:
        grant(hold(ListingFactory()), 100)
    assert refusal.value.code == "nothing_charged"


def test_staff_grant_hosts_do_not_and_others_find_nothing() -> None:
    booking, _payment = confirmed(ListingFactory())
    host, staff = (MembershipFactory(company=booking.company, role=role).user for role in ("host", "staff"))
    with pytest.raises(AccessDenied):
        grant(booking, 100, actor=Actor.of(host))
    with pytest.raises(NotFound):
        grant(booking, 100, actor=Actor.of(UserFactory()))
    note = grant(booking, 100, actor=Actor.of(staff))
    assert (note.issuer, note.issued_by) == (staff, f"user:{staff.pk}")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE finance_creditnote SET amount_minor = amount_minor + 1, refunded_minor = refunded_minor + 1",
        "DELETE FROM finance_creditnote",
        "INSERT INTO finance_creditnote SELECT (jsonb_populate_record(n, jsonb_build_object('id', gen_random_uuid(), "
        "'number', n.number + 2, 'key', 'other'))).* FROM finance_creditnote AS n",
    ],
)
def test_the_database_changes_no_note_and_leaves_no_number_out(sql: str) -> None:
    grant(confirmed(ListingFactory())[0], 100)
    with (
        pytest.raises(DatabaseError, match=r"Cannot|leaves a gap"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_a_note_without_its_entry_or_number_is_found_out() -> None:
    grant(confirmed(ListingFactory())[0], 100)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE finance_creditnote DISABLE TRIGGER USER")
        cursor.execute("UPDATE finance_creditnote SET number = 2, amount_minor = 99, refunded_minor = 99")
    assert broken_promises() == [
        "confirmed_online_bookings_are_paid",
        "bookings_cost_what_was_agreed",
        "charges_are_what_was_agreed",
        "credit_notes_have_no_gaps",
        "credit_notes_are_in_the_books",
    ]
