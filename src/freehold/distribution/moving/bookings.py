"""The bookings of a dump with their payments: of two that overlap, the one with the better claim has the space."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from freehold.bookings.services.import_booking import BookingToImport, ItemToImport, import_booking
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.distribution.moving.facts import Kind, OldBooking, OldPayment, OldPlace, Status
from freehold.distribution.moving.memory import Made, Memory
from freehold.distribution.moving.numbers import Numbers
from freehold.domain.booking_states import BookingState
from freehold.domain.money import Money
from freehold.domain.occasions import Nights, Slot
from freehold.domain.party import Party
from freehold.domain.periods import Period
from freehold.payments.services.import_payment import PaymentToImport
from freehold.properties.models import Listing
from freehold.properties.wishes import wished_period

_FIRST = {Status.PAID: 0, Status.AGREED: 0, Status.PENDING: 1, Status.CANCELLED: 2}


def in_order(bookings: Sequence[OldBooking]) -> list[OldBooking]:
    """Who has paid comes first, then who came first."""
    return sorted(bookings, key=lambda each: (_FIRST[_status(each)], each.made_at, each.number or 0, each.key))


def _status(booking: OldBooking) -> Status:
    """Money that came makes a waiting booking a paid one; a cancelled one it leaves dead."""
    has_paid = any(payment.came_in for payment in booking.payments)
    return Status.PAID if has_paid and booking.status is Status.PENDING else booking.status


@dataclass(slots=True)
class Bookings:
    """Takes one booking after the other. `hold_for`: how long those that wait for money may go on waiting."""

    actor: Actor
    company_id: UUID
    memory: Memory
    numbers: Numbers
    places: dict[str, OldPlace]
    now: datetime
    hold_for: timedelta
    _listings: dict[UUID, list[Listing]] = field(default_factory=lambda: defaultdict(list))

    def load_listings(self) -> None:
        """Of every place that is here, in one query."""
        ids = [made for (kind, _), made in self.memory.ids.items() if kind is Kind.PLACE]
        rows = Listing.objects.company(self.company_id).filter(property_id__in=ids)
        for listing in rows.select_related("property", "company", "slot_rules").order_by("created_at", "id"):
            self._listings[listing.property_id].append(listing)

    def take(self, booking: OldBooking) -> Made | None:
        if self.memory.knows(Kind.BOOKING, booking):
            for payment in booking.payments:
                if self.memory.knows(Kind.PAYMENT, payment):
                    self.memory.note_known(Kind.PAYMENT, payment)
                else:
                    self.memory.refuse(payment, "its booking was taken before it came: record it at the desk")
        return self.memory.take(Kind.BOOKING, booking, lambda: self._make(booking))

    def _make(self, said: OldBooking) -> Made:
        booker_id = self._id(Kind.PERSON, said.person, "user")
        place_id = self._id(Kind.PLACE, said.place, "place")
        place = self.places.get(said.place)
        if place is None:
            raise BadInput(f"Its place {said.place} is not in the dump.")
        listings = self._chosen(said, place_id)
        items, notes = self._items(said, place, listings)
        status = _status(said)
        if status is not said.status:
            notes.append("it waited for money that had come: it is paid")
        period = wished_period(listings[0], said.when, now=said.made_at)
        state, hold_for = self._state(said, status, period)
        total = Money.sum((item.amount for item in items), items[0].amount.currency)
        payments = self._payments(said, status, state, period, total, notes)
        if any(payment.came_in for payment in payments) and state in (BookingState.CANCELLED, BookingState.EXPIRED):
            notes.append("money came for it although it is dead: somebody decides in the list of reviews")
        made = import_booking(
            actor=self.actor,
            booking=BookingToImport(
                booker_id=booker_id,
                state=state,
                items=items,
                payment_terms=listings[0].payment_terms,
                made_at=said.made_at,
                ended_at=said.ended_at,
                hold_for=hold_for,
                payments=payments,
                note=f"{self.memory.source} booking {said.key}",
                serial=self.numbers.of(Kind.BOOKING, said),
            ),
        )
        # Beyond the payments of the dump there may be one that only the booking told of.
        besides = tuple(
            (Kind.PAYMENT, payment, row.pk, self.numbers.note(Kind.PAYMENT, payment))
            for payment, row in zip(said.payments, made.payments, strict=False)
        )
        notes += self.numbers.note(Kind.BOOKING, said)
        conflict = _conflict(state, payments) if made.in_the_way else ""
        return Made(made.booking.pk, tuple(notes), conflict, besides)

    def _id(self, kind: Kind, key: str, name: str) -> UUID:
        found = self.memory.ids.get((kind, key))
        if found is None:
            raise BadInput(f"Its {name} {key or '(none)'} is not in the dump, or was refused.")
        return found

    def _chosen(self, said: OldBooking, place_id: UUID) -> list[Listing]:
        """The listings that were booked: of each room, or of the place in the way in which it was wanted."""
        mode = Listing.Mode.EXCLUSIVE
        if isinstance(said.when, Nights):
            mode = Listing.Mode.STAY
        elif isinstance(said.when, Slot):
            mode = Listing.Mode.SLOT
        sold = [each for each in self._listings[place_id] if each.mode == mode and each.unit_id is not None]
        if not said.units:
            if not sold:
                raise BadInput("Its place is not sold in this way.")
            return sold[:1]
        units = [self._id(Kind.UNIT, key, "room") for key in said.units]
        by_unit = {listing.unit_id: listing for listing in reversed(sold)}
        if missing := [key for key, unit in zip(said.units, units, strict=True) if unit not in by_unit]:
            raise BadInput(f"The rooms {', '.join(missing)} are not of its place.")
        return [by_unit[unit] for unit in units]

    def _items(
        self, said: OldBooking, place: OldPlace, listings: Sequence[Listing]
    ) -> tuple[list[ItemToImport], list[str]]:
        prices = self._prices(said, place)
        total, notes = said.total, []
        if total is None:
            total = Money.sum(prices, prices[0].currency)
            notes.append(f"nobody wrote down what it cost: {total}, at the price of its place")
        weights = [price.minor for price in prices] if any(price.minor for price in prices) else [1] * len(prices)
        amounts = total.allocate(weights)
        keys = said.units or [""]
        parties = _parties(said, keys)
        return [
            ItemToImport(
                listing=listing,
                unit_ids=[listing.unit_id] if listing.unit_id is not None else [],
                when=said.when,
                party=party,
                amount=amount,
                guests=[(name, age) for room, name, age in said.guests if room == key or (not room and key == keys[0])],
            )
            for key, listing, party, amount in zip(keys, listings, parties, amounts, strict=True)
        ], notes

    def _prices(self, said: OldBooking, place: OldPlace) -> list[Money]:
        nights = said.when.count if isinstance(said.when, Nights) else 1
        names = {unit.key: unit.name for unit in place.units}
        if not said.units:
            return [place.offers[0].price * nights]
        by_unit = {offer.unit: offer.price for offer in place.offers}
        return [by_unit[names[key]] * nights for key in said.units]

    def _state(self, said: OldBooking, status: Status, period: Period) -> tuple[BookingState, timedelta | None]:
        """What it is by now, and for a hold how long it lasts."""
        if status is Status.CANCELLED:
            return BookingState.CANCELLED, None
        if status is not Status.PENDING:
            return (BookingState.COMPLETED if period.end <= self.now else BookingState.CONFIRMED), None
        has_begun = not _is_until_cancelled(said) and period.start <= self.now
        if has_begun or not self.hold_for:
            return BookingState.EXPIRED, None
        rest = self.hold_for if _is_until_cancelled(said) else min(self.hold_for, period.start - self.now)
        return BookingState.HELD, rest

    def _payments(
        self,
        said: OldBooking,
        status: Status,
        state: BookingState,
        period: Period,
        total: Money,
        notes: list[str],
    ) -> list[PaymentToImport]:
        payments = [self._payment(payment, total) for payment in said.payments]
        has_come = any(payment.came_in for payment in payments)
        is_settled = status is Status.PAID or (status is Status.AGREED and state is BookingState.COMPLETED)
        if not is_settled or has_come or not total.is_positive:
            return payments
        how, made_at = "unknown", min(said.ended_at, self.now)
        words = "it is paid, but no payment says how: it counts as received"
        if status is Status.AGREED:
            how, made_at, words = "at_property", period.end, "the stay is over: it counts as paid at the place"
        notes.append(words)
        return [
            *payments,
            PaymentToImport(
                reference=f"{self.memory.source}:booking:{said.key}",
                amount=total,
                provider=how,
                came_in=True,
                made_at=made_at,
                serial=self.numbers.spare(Kind.PAYMENT),
            ),
        ]

    def _payment(self, said: OldPayment, total: Money) -> PaymentToImport:
        return PaymentToImport(
            reference=f"{self.memory.source}:payment:{said.key}",
            amount=total if said.amount is None else said.amount,
            provider=said.provider,
            came_in=said.came_in,
            made_at=said.made_at,
            transaction_id=said.transaction_id,
            serial=self.numbers.of(Kind.PAYMENT, said),
            spare_serial=self.numbers.spare(Kind.PAYMENT),
        )


def _is_until_cancelled(said: OldBooking) -> bool:
    return not isinstance(said.when, Nights | Slot)


def _parties(said: OldBooking, keys: Sequence[str]) -> list[Party]:
    """Who is in which room, as far as the guests say; the others are spread evenly."""
    if len(keys) == 1:
        return [said.party]
    named = [sum(room == key for room, *_ in said.guests) for key in keys]
    rest = max(0, said.party.size - sum(named))
    share, more = divmod(rest, len(keys))
    return [Party(max(1, count + share + (place < more))) for place, count in enumerate(named)]


def _conflict(state: BookingState, payments: Sequence[PaymentToImport]) -> str:
    if state is BookingState.COMPLETED:
        return "its space was another booking's at the same time: it is over, and stays on record without the space"
    words = "its space is another booking's: it is taken as cancelled"
    return f"{words}, and what came for it waits in the list of reviews" if any(p.came_in for p in payments) else words
