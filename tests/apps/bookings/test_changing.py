"""A booking becomes another one: what it costs, what goes back, and whose space it is meanwhile."""

from datetime import timedelta
from typing import Any

import pytest

from freehold.bookings.models import Booking, BookingChange
from freehold.bookings.selectors import pending_change
from freehold.bookings.services.accept_request import accept_request
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.change_booking import change_booking
from freehold.bookings.services.complete_stays import complete_due_stays
from freehold.bookings.services.end_change import expire_due_changes
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.preview_change import preview_change
from freehold.bookings.services.preview_refund import preview_refund
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.bookings.types import ChangePreview, ItemChange
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.money import Money
from freehold.domain.occasions import Nights
from freehold.domain.party import Party
from freehold.domain.periods import Period
from freehold.finance.models import Posting
from freehold.finance.selectors import folio_balance
from freehold.inventory.errors import Unavailable
from freehold.inventory.models import Allocation, Claim, Purpose
from freehold.inventory.services.claim_units import claim_units
from freehold.payments.models import Payment, Refund
from freehold.properties.models import Listing, Unit
from tests.factories import (
    CancellationPolicyFactory,
    ListingFactory,
    MembershipFactory,
    UserFactory,
    unit_type_listing,
)
from tests.support.booked import SYSTEM, confirmed, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.slots import a_slot, instant_at, slot_listing
from tests.support.stays import in_days, let_the_hold_lapse, stay

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def promises_hold() -> object:
    yield
    assert broken_promises() == []


def wish(
    booking: Booking,
    *,
    item: int = 0,
    arrive_in: int = 30,
    nights: int = 3,
    adults: int = 2,
    listing: Listing | None = None,
) -> ItemChange:
    row = booking.items.all()[item]
    listing_id = listing.pk if listing is not None else row.listing_id
    when = Nights(in_days(arrive_in), in_days(arrive_in + nights))
    return ItemChange(row.pk, listing_id, when, Party(adults))


def change(booking: Booking, *changes: ItemChange, **options: Any) -> BookingChange:
    made = change_booking(actor=Actor.of(booking.booker), booking_id=booking.pk, changes=changes, **options)
    booking.refresh_from_db()
    return made


def preview(booking: Booking, *changes: ItemChange) -> ChangePreview:
    return preview_change(actor=Actor.of(booking.booker), booking_id=booking.pk, changes=changes)


def refunds_of(booking: Booking) -> list[int]:
    refunds = Refund.objects.system("test").filter(folio_id=booking.folio_id)
    return list(refunds.order_by("created_at").values_list("amount_minor", flat=True))


def account(booking: Booking, code: str) -> int:
    postings = Posting.objects.filter(entry__folio_id=booking.folio_id, account__code=code)
    return sum(postings.values_list("amount_minor", flat=True))


def taken_nights(listing: Listing) -> int:
    periods = Allocation.objects.filter(unit=listing.unit).values_list("period", flat=True)
    return sum(round((period.upper - period.lower) / timedelta(days=1)) for period in periods)


def late_policy(points: int) -> Any:
    return CancellationPolicyFactory(tiers=[{"hours_before": 0, "basis_points": points}], name="House")


# --- at once ------------------------------------------------------------------------------------------------


def test_shortening_frees_the_nights_and_gives_the_difference_back() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000)
    booking, _ = confirmed(listing, nights=4)
    made = change(booking, wish(booking, nights=2))
    assert (made.state, made.number) == ("applied", 1)
    assert (booking.state, booking.total_minor, refunds_of(booking)) == ("confirmed", 20_000, [20_000])
    assert taken_nights(listing) == 2
    hold(listing, arrive_in=32, nights=2)
    assert account(booking, "unearned") == -20_000
    assert account(booking, "receivable") == 0
    assert OutboxMessage.objects.filter(event="BookingChanged").count() == 1


def test_a_late_change_keeps_what_the_policy_keeps_and_cancelling_does_not_give_it_back() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000)
    policy = late_policy(5_000)
    listing.rate_plan.cancellation_policy = policy
    listing.rate_plan.save()
    booking, _ = confirmed(listing, nights=4)
    change(booking, wish(booking, nights=2))
    assert (booking.kept_minor, refunds_of(booking)) == (10_000, [10_000])
    assert account(booking, "cancellation_revenue") == -10_000
    assert preview_refund(actor=Actor.of(booking.booker), booking_id=booking.pk).refund == Money(10_000, "USD")
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    booking.refresh_from_db()
    assert (booking.refund_minor, booking.fee_minor) == (10_000, 10_000)
    assert sorted(refunds_of(booking)) == [10_000, 10_000]
    assert account(booking, "receivable") == 0


def test_other_dates_at_the_same_price_cost_nothing_and_move_the_space() -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    made = change(booking, wish(booking, arrive_in=31))
    assert (made.state, made.difference_minor, refunds_of(booking)) == ("applied", 0, [])
    assert booking.items.get().check_in == in_days(31)
    assert taken_nights(listing) == 3
    assert Claim.objects.system("test").filter(released_at=None, purpose="booking").count() == 1


def test_what_was_promised_stays_promised_when_prices_rise() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000)
    booking, _ = confirmed(listing, nights=3)
    listing.rate_plan.base_price_minor = 30_000
    listing.rate_plan.save()
    assert preview(booking, wish(booking, nights=2)).after.total.minor == 20_000
    longer = preview(booking, wish(booking, nights=4))
    assert (longer.after.total.minor, longer.outcome.due.minor) == (60_000, 30_000)
    assert preview(booking, wish(booking, arrive_in=33)).after.total.minor == 90_000


def test_a_taken_night_leaves_everything_as_it_was() -> None:
    listing = ListingFactory()
    booking, _ = confirmed(listing)
    before = list(Allocation.objects.values_list("claim_id", "period"))
    other = hold(listing, arrive_in=33)
    looked = preview(booking, wish(booking, arrive_in=32))
    assert [reason.code for reason in looked.reasons] == ["held"]
    with pytest.raises(Unavailable) as refusal:
        change(booking, wish(booking, arrive_in=32))
    assert [reason.code for reason in refusal.value.reasons] == ["held"]
    assert booking.items.get().check_in == in_days(30)
    now = Allocation.objects.exclude(claim_id=other.items.get().claim_id).values_list("claim_id", "period")
    assert list(now) == before


def test_ones_own_nights_are_not_in_the_way() -> None:
    booking, _ = confirmed(ListingFactory())
    assert preview(booking, wish(booking, arrive_in=31)).reasons == ()


def test_a_held_booking_takes_its_new_price_and_keeps_its_deadline() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000)
    booking = hold(listing)
    deadline = booking.hold_expires_at
    made = change(booking, wish(booking, nights=5))
    assert made.state == "applied"
    assert (booking.state, booking.total_minor, booking.hold_expires_at) == ("held", 50_000, deadline)
    assert set(Allocation.objects.values_list("expires_at", flat=True)) == {deadline}
    assert folio_balance(booking.folio_id).owed.minor == 50_000
    money_comes(open_attempt(booking))
    booking.refresh_from_db()
    assert booking.state == "confirmed"


def test_money_for_a_hold_as_it_was_before_a_change_goes_back() -> None:
    booking = hold(ListingFactory(rate_plan__base_price_minor=10_000))
    payment = open_attempt(booking)
    change(booking, wish(booking, nights=5))
    money_comes(payment)
    booking.refresh_from_db()
    assert (booking.state, refunds_of(booking)) == ("held", [30_000])


def test_fewer_guests_leave_no_names_behind() -> None:
    booking, _ = confirmed(ListingFactory(max_guests=4), adults=2)
    row = booking.items.get()
    for position in range(2):
        booking.guests.create(item=row, name=f"Guest {position}", position=position)
    change(booking, wish(booking, adults=1))
    assert [guest.name for guest in booking.guests.all()] == ["Guest 0"]
    assert booking.items.get().party == {"adults": 1, "children": []}


def test_a_guest_who_stays_longer_keeps_the_room() -> None:
    rooms = unit_type_listing(units=3, rate_plan__base_price_minor=10_000)
    booking, _ = confirmed(rooms, nights=4)
    (unit_id,) = booking.items.get().claim.unit_ids
    change(booking, wish(booking, arrive_in=31, nights=4))
    assert booking.items.get().claim.unit_ids == [unit_id]


def test_who_moves_to_another_kind_of_room_gets_a_room_of_that_kind() -> None:
    plain = unit_type_listing(rate_plan__base_price_minor=10_000)
    better = unit_type_listing(company=plain.company, rate_plan__base_price_minor=10_000)
    booking, _ = confirmed(plain)
    change(booking, wish(booking, listing=better))
    (unit_id,) = booking.items.get().claim.unit_ids
    assert Unit.objects.system("test").get(pk=unit_id).unit_type_id == better.unit_type_id


def test_a_hold_that_becomes_free_is_confirmed() -> None:
    paid = ListingFactory()
    booking = hold(paid)
    change(booking, wish(booking, listing=ListingFactory(company=paid.company, rate_plan__base_price_minor=0)))
    claim = booking.items.get().claim
    assert (booking.state, booking.hold_expires_at, claim.purpose) == ("confirmed", None, Purpose.BOOKING)
    assert folio_balance(booking.folio_id).owed.is_zero
    assert OutboxMessage.objects.filter(event="BookingConfirmed").count() == 1
    let_the_hold_lapse()
    assert Allocation.objects.filter(expires_at=None).count() == 1


@pytest.mark.parametrize(("hours", "state"), [(-1, "applied"), (1, "expired")], ids=["before it", "after it"])
def test_late_money_for_another_slot_makes_it_unless_it_has_begun(hours: int, state: str) -> None:
    room = slot_listing()
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[a_slot(room, "16:00", ahead=3)])
    money_comes(open_attempt(booking))
    booking.refresh_from_db()
    earlier = a_slot(room, "12:00", minutes=120, ahead=3)
    made = change(booking, ItemChange(booking.items.get().pk, when=earlier.when))
    payment = open_attempt(booking)
    payment.amount_minor = made.due_minor
    payment.save()
    clock.move(instant_at(room, "12:00", ahead=3) + timedelta(hours=hours) - clock.database_now())
    money_comes(payment)
    made.refresh_from_db()
    booking.refresh_from_db()
    assert made.state == state
    assert booking.total_minor == (20_000 if state == "applied" else 10_000)
    assert sum(refunds_of(booking)) == (0 if state == "applied" else made.due_minor)


def test_late_money_for_a_longer_stay_goes_back_when_the_guest_has_left() -> None:
    booking, _ = confirmed(ListingFactory(), arrive_in=1, nights=2)
    made = change(booking, wish(booking, arrive_in=1, nights=4))
    payment = open_attempt(booking)
    payment.amount_minor = made.due_minor
    payment.save()
    let_the_hold_lapse()
    expire_due_changes()
    clock.move(booking.ends_at + timedelta(hours=7) - clock.database_now())
    complete_due_stays()
    money_comes(payment)
    booking.refresh_from_db()
    assert (booking.state, booking.total_minor) == ("completed", 20_000)
    assert refunds_of(booking) == [made.due_minor]


def test_another_place_of_the_company() -> None:
    first = ListingFactory(rate_plan__base_price_minor=10_000)
    second = ListingFactory(company=first.company, rate_plan__base_price_minor=8_000)
    booking, _ = confirmed(first)
    change(booking, wish(booking, listing=second))
    assert (booking.total_minor, refunds_of(booking)) == (24_000, [6_000])
    assert (taken_nights(first), taken_nights(second)) == (0, 3)


# --- of several, one ----------------------------------------------------------------------------------------


def two_items(points: int = 10_000) -> Booking:
    first = ListingFactory(rate_plan__base_price_minor=10_000)
    second = ListingFactory(company=first.company, rate_plan__base_price_minor=20_000)
    second.rate_plan.cancellation_policy = late_policy(points)
    second.rate_plan.save()
    booking = hold_booking(actor=Actor.of(UserFactory()), items=[stay(first), stay(second)])
    money_comes(open_attempt(booking))
    booking.refresh_from_db()
    return booking


@pytest.mark.parametrize(("points", "back"), [(10_000, 60_000), (2_500, 15_000), (0, 0)])
def test_giving_one_item_up_follows_its_own_policy(points: int, back: int) -> None:
    booking = two_items(points)
    given_up = booking.items.all()[1]
    change(booking, ItemChange(given_up.pk, is_given_up=True))
    given_up.refresh_from_db()
    assert given_up.cancelled_at is not None
    assert (booking.total_minor, sum(refunds_of(booking)), booking.kept_minor) == (30_000, back, 60_000 - back)
    assert taken_nights(given_up.listing) == 0
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    assert sum(refunds_of(booking)) == back + 30_000


def test_giving_everything_up_is_cancelling_and_says_so() -> None:
    booking = two_items()
    with pytest.raises(BadInput) as refusal:
        change(booking, *(ItemChange(item.pk, is_given_up=True) for item in booking.items.all()))
    assert refusal.value.code == "cancel_instead"


# --- refusals -----------------------------------------------------------------------------------------------


def test_problems_are_named_where_they_were_written() -> None:
    booking = two_items()
    with pytest.raises(BadInput) as refusal:
        change(booking, wish(booking, item=1, nights=400))
    assert refusal.value.errors[0].attr == "items.0"
    stranger = ItemChange(booking.pk, is_given_up=True)
    with pytest.raises(BadInput) as refusal:
        change(booking, stranger)
    assert (refusal.value.code, refusal.value.errors[0].attr) == ("unknown_item", "items.0.item")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({}, "nothing_changes"),
        ({"adults": 40}, "capacity"),
        ({"arrive_in": -3}, "in_past"),
    ],
)
def test_what_breaks_a_rule_is_refused(wanted: dict[str, int], code: str) -> None:
    booking, _ = confirmed(ListingFactory())
    with pytest.raises(BadInput) as refusal:
        change(booking, wish(booking, **wanted))  # type: ignore[arg-type]
    assert refusal.value.code == code


def test_another_company_is_another_booking() -> None:
    booking, _ = confirmed(ListingFactory())
    with pytest.raises(BadInput) as refusal:
        change(booking, wish(booking, listing=ListingFactory()))
    assert refusal.value.code == "mixed_cart"


def test_the_price_that_was_shown_is_the_price_that_counts() -> None:
    booking, _ = confirmed(ListingFactory())
    with pytest.raises(Conflict) as refusal:
        change(booking, wish(booking, nights=2), expected_difference=Money(-1, "USD"))
    assert refusal.value.code == "price_changed"


def test_what_is_over_is_not_changed() -> None:
    booking, _ = confirmed(ListingFactory())
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    with pytest.raises(Conflict) as refusal:
        change(booking, wish(booking, nights=2))
    assert refusal.value.code == "not_changeable"


def test_only_who_may_see_it_may_change_it() -> None:
    booking, _ = confirmed(ListingFactory())
    asked = wish(booking, nights=2)
    with pytest.raises(NotFound):
        change_booking(actor=Actor.of(UserFactory()), booking_id=booking.pk, changes=[asked])
    host = MembershipFactory(company=booking.company).user
    assert change_booking(actor=Actor.of(host), booking_id=booking.pk, changes=[asked]).state == "applied"


def test_who_is_there_may_leave_early_but_not_arrive_otherwise() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000, min_nights=3)
    booking, _ = confirmed(listing, arrive_in=3, nights=4)
    clock.move(timedelta(days=5))
    with pytest.raises(BadInput) as refusal:
        change(booking, wish(booking, arrive_in=-1, nights=4))
    assert refusal.value.code == "already_begun"
    change(booking, wish(booking, arrive_in=-2, nights=2))
    assert (booking.total_minor, booking.kept_minor, refunds_of(booking)) == (20_000, 20_000, [])


# --- to be paid first ---------------------------------------------------------------------------------------


def to_pay(**options: Any) -> tuple[Listing, Booking, BookingChange]:
    """A confirmed booking of three nights that waits to become one of five."""
    listing = ListingFactory(rate_plan__base_price_minor=10_000)
    booking, _ = confirmed(listing)
    return listing, booking, change(booking, wish(booking, nights=5), **options)


def attempt_for(booking: Booking, made: BookingChange) -> Payment:
    payment = open_attempt(booking)
    payment.amount_minor = made.due_minor
    payment.save()
    return payment


def test_a_longer_stay_waits_for_its_money_and_its_nights_are_held_meanwhile() -> None:
    listing, booking, made = to_pay()
    assert (made.state, made.due_minor, booking.total_minor) == ("pending", 20_000, 30_000)
    assert booking.items.get().check_out == in_days(33)
    assert taken_nights(listing) == 5
    with pytest.raises(Unavailable):
        hold(listing, arrive_in=33, nights=2)


def test_money_for_the_change_makes_it() -> None:
    listing, booking, made = to_pay()
    money_comes(attempt_for(booking, made))
    booking.refresh_from_db()
    made.refresh_from_db()
    assert (made.state, booking.total_minor, booking.state) == ("applied", 50_000, "confirmed")
    assert booking.items.get().check_out == in_days(35)
    assert folio_balance(booking.folio_id).owed.minor == 0
    assert account(booking, "receivable") == 0
    (allocation,) = Allocation.objects.filter(unit=listing.unit)
    assert allocation.expires_at is None
    assert refunds_of(booking) == []


def test_more_guests_may_need_money_and_no_space() -> None:
    listing = ListingFactory(max_guests=4, rate_plan__base_price_minor=10_000, rate_plan__extra_guest_fee_minor=1_000)
    booking, _ = confirmed(listing)
    made = change(booking, wish(booking, adults=4))
    assert (made.state, made.claim_ids) == ("pending", [])
    money_comes(attempt_for(booking, made))
    assert booking.items.get().party["adults"] == 4


def test_a_change_that_is_not_paid_expires_and_frees_only_what_it_held() -> None:
    listing, booking, _made = to_pay()
    let_the_hold_lapse()
    assert expire_due_changes() == 1
    booking.refresh_from_db()
    assert (booking.state, booking.total_minor, taken_nights(listing)) == ("confirmed", 30_000, 3)
    hold(listing, arrive_in=33, nights=2)


def test_late_money_for_a_change_makes_it_while_nobody_took_the_nights() -> None:
    listing, booking, made = to_pay()
    payment = attempt_for(booking, made)
    let_the_hold_lapse()
    expire_due_changes()
    money_comes(payment)
    booking.refresh_from_db()
    assert (booking.total_minor, taken_nights(listing)) == (50_000, 5)


@pytest.mark.parametrize("swept", [True, False], ids=["swept", "not yet swept"])
def test_late_money_for_nights_that_were_taken_goes_back_and_the_booking_stays(swept: bool) -> None:
    listing, booking, made = to_pay()
    payment = attempt_for(booking, made)
    let_the_hold_lapse()
    if swept:
        expire_due_changes()
    hold(listing, arrive_in=34, nights=2)
    money_comes(payment)
    money_comes(payment)
    booking.refresh_from_db()
    made.refresh_from_db()
    assert (booking.state, booking.total_minor, refunds_of(booking)) == ("confirmed", 30_000, [20_000])
    assert made.state == "expired"
    assert booking.items.get().check_out == in_days(33)


def test_a_second_change_makes_the_first_one_way() -> None:
    listing, booking, made = to_pay()
    payment = attempt_for(booking, made)
    change(booking, wish(booking, nights=2))
    made.refresh_from_db()
    assert (made.state, taken_nights(listing), refunds_of(booking)) == ("withdrawn", 2, [10_000])
    money_comes(payment)
    assert refunds_of(booking) == [10_000, 20_000]


def test_cancelling_ends_what_waits() -> None:
    listing, booking, made = to_pay()
    payment = attempt_for(booking, made)
    cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)
    made.refresh_from_db()
    assert (made.state, taken_nights(listing)) == ("withdrawn", 0)
    money_comes(payment)
    assert sorted(refunds_of(booking)) == [20_000, 30_000]


def test_an_open_change_is_what_a_payment_pays() -> None:
    _listing, booking, made = to_pay()
    assert pending_change(booking, at=clock.now()) == made
    let_the_hold_lapse()
    with pytest.raises(Conflict) as refusal:
        start_booking_payment(
            actor=Actor.of(booking.booker), booking_id=booking.pk, provider="sandbox", return_url="https://x.example/"
        )
    assert refusal.value.code == "nothing_due"


def test_who_cannot_stay_longer_in_the_same_room_gets_another_of_its_kind() -> None:
    rooms = unit_type_listing(units=2, rate_plan__base_price_minor=10_000)
    booking, _ = confirmed(rooms)
    (unit_id,) = booking.items.get().claim.unit_ids
    period = Period(booking.ends_at, booking.ends_at + timedelta(days=5))
    claim_units(actor=SYSTEM, company_id=rooms.company_id, unit_ids=[unit_id], period=period, purpose=Purpose.BLOCK)
    made = change(booking, wish(booking, nights=5))
    assert booking.items.get().claim.unit_ids == [unit_id]
    money_comes(attempt_for(booking, made))
    assert booking.items.get().claim.unit_ids != [unit_id]


def test_at_the_property_nothing_has_to_be_paid_first() -> None:
    listing = ListingFactory(rate_plan__base_price_minor=10_000, payment_terms="at_property")
    booking = hold(listing)
    made = change(booking, wish(booking, nights=5))
    assert (made.state, booking.state, booking.total_minor) == ("applied", "confirmed", 50_000)
    assert folio_balance(booking.folio_id).owed.minor == 50_000


def test_a_deposit_grows_with_the_stay() -> None:
    listing = ListingFactory(
        rate_plan__base_price_minor=10_000, rate_plan__deposit_basis_points=3_000, payment_terms="deposit"
    )
    booking, _ = confirmed(listing)
    made = change(booking, wish(booking, nights=5))
    assert (made.due_minor, made.difference_minor) == (6_000, 20_000)
    money_comes(attempt_for(booking, made))
    booking.refresh_from_db()
    assert (booking.total_minor, booking.due_now_minor) == (50_000, 15_000)
    assert folio_balance(booking.folio_id).owed.minor == 35_000


def test_a_stay_that_the_host_accepted_is_still_one_after_a_change() -> None:
    booking = hold(ListingFactory(acceptance="request"))
    accept_request(actor=Actor.of(MembershipFactory(company=booking.company).user), booking_id=booking.pk)
    booking.refresh_from_db()
    assert change(booking, wish(booking, nights=2)).state == "applied"
    assert booking.acceptance == "request"


def test_other_dates_need_the_answer_of_a_host_who_is_asked_first() -> None:
    booking = hold(ListingFactory(acceptance="request"))
    host = Actor.of(MembershipFactory(company=booking.company).user)
    accept_request(actor=host, booking_id=booking.pk)
    booking.refresh_from_db()
    with pytest.raises(Conflict) as refusal:
        change(booking, wish(booking, arrive_in=40))
    assert refusal.value.code == "needs_host"
    change_booking(actor=host, booking_id=booking.pk, changes=[wish(booking, arrive_in=40)])
    booking.refresh_from_db()
    assert booking.items.get().check_in == in_days(40)


def test_a_change_is_no_way_around_asking_a_host_or_paying_at_once() -> None:
    at_property = ListingFactory(payment_terms="at_property")
    booking = hold(at_property)
    same = {"company": at_property.company, "property": at_property.property}
    asked, online = ListingFactory(**same, acceptance="request", payment_terms="at_property"), ListingFactory(**same)
    for listing, code in ((asked, "needs_host"), (online, "other_terms")):
        with pytest.raises(Conflict) as refusal:
            change(booking, wish(booking, listing=listing))
        assert refusal.value.code == code
    booking.refresh_from_db()
    assert booking.items.get().listing_id == at_property.pk


def test_a_change_that_cannot_be_ended_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*, change_id: object) -> bool:
        raise Conflict("Somebody has it.")

    listing = ListingFactory()
    booking, _ = confirmed(listing)
    assert change(booking, wish(booking, nights=5)).state == "pending"
    let_the_hold_lapse()
    monkeypatch.setattr("freehold.bookings.services.end_change.expire_change", busy)
    assert expire_due_changes() == 0
    monkeypatch.undo()
    assert expire_due_changes() == 1
