"""The estate API: categories, properties that are taken by the slot or as a whole, bookings, payments."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.text import slugify

from freehold.distribution.moving.dumps import DumpRow
from freehold.distribution.moving.facts import (
    OldBooking,
    OldBusiness,
    OldOffer,
    OldPayment,
    OldPlace,
    OldUnit,
    Status,
)
from freehold.distribution.moving.fields import Fields, Unfit
from freehold.distribution.moving.reading import Reader, base
from freehold.distribution.moving.report import Verdict
from freehold.domain.occasions import Slot, UntilCancelled, When
from freehold.domain.party import Party
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing
from freehold.properties.services.set_slot_rules import SlotFacts

SOURCE = "estate"
MODELS = ("user", "category", "property", "booking", "payment")
WHOLE = "Whole place"
_GUESTS_PER_BEDROOM = 2
_MOST_ROOMS = 500
# Any slot, whenever it begins and however long it is: up to 31 days.
_ANY_TIME = SlotFacts(opening_hours=[[["00:00", "24:00"]]] * 7, grid_minutes=0, min_minutes=1, max_minutes=31 * 24 * 60)


def read_estate(reader: Reader) -> OldBusiness:
    reader.leave_out_all_but(*MODELS)
    payments = _payments(reader)
    bookings = reader.of("booking")
    business = OldBusiness(
        SOURCE,
        people=list(reader.each(reader.of("user"), reader.person)),
        categories=list(reader.each(reader.of("category"), reader.category)),
        places=list(reader.each(reader.of("property"), _place)),
        bookings=list(reader.each(bookings, lambda fields: _booking(fields, payments.get(fields.row.key, [])))),
    )
    without_booking(reader, business, payments)
    return business


def without_booking(reader: Reader, business: OldBusiness, payments: Mapping[str, Sequence[OldPayment]]) -> None:
    """Money that belongs to nothing that could be taken is said aloud."""
    taken = {booking.key for booking in business.bookings}
    for booking in payments.keys() - taken:
        for payment in payments[booking]:
            reason = f"its booking {booking or '(none)'} is not in the dump, or was refused"
            reader.report.say(Verdict.REFUSED, payment.model, payment.key, reason)


def _payments(reader: Reader) -> dict[str, list[OldPayment]]:
    found: dict[str, list[OldPayment]] = defaultdict(list)
    rows: list[DumpRow] = reader.of("payment")
    for booking, payment in reader.each(rows, lambda fields: (fields.key("booking"), reader.payment(fields))):
        found[booking].append(payment)
    return found


def _place(fields: Fields) -> OldPlace:
    title = fields.text("title", "name")
    price = fields.money("price")
    bedrooms = fields.count("bedrooms", default=1, most=_MOST_ROOMS)
    notes = []
    if len(title) > 200:
        title = title[:200].strip()
        notes.append("the title was cut to 200 characters")
    amenities, has_all = fields.words("amenities")
    if not has_all:
        notes.append("some amenities are no words, and were left out")
    slug = fields.text("slug", default=slugify(title) or "")
    offer = {"unit": WHOLE, "title": title, "payment_terms": Listing.PaymentTerms.ONLINE, "price": price}
    return OldPlace(
        **base(fields),
        notes=notes,
        title=title,
        slug=slug,
        description=fields.text("description", default=""),
        location=fields.text("location", "city", default=""),
        category=fields.key("category"),
        country=fields.text("country", default="").upper(),
        latitude=fields.degrees("latitude", "lat"),
        longitude=fields.degrees("longitude", "lng", "lon"),
        amenities=amenities,
        pictures=[path] if (path := fields.text("image", default="")) else [],
        is_published=fields.choice("status", of=("ACTIVE", "INACTIVE"), default="ACTIVE") == "ACTIVE",
        is_available=fields.flag("is_available", default=True),
        units=[
            OldUnit(
                **base(fields),
                name=WHOLE,
                max_guests=max(1, min(1000, bedrooms * _GUESTS_PER_BEDROOM)),
                bedrooms=bedrooms,
                bathrooms=Decimal(fields.count("bathrooms", default=1, most=_MOST_ROOMS)),
            )
        ],
        offers=[
            OldOffer(**offer, mode=Listing.Mode.SLOT, basis=RatePlan.Basis.SLOT, ending="by-the-slot", slots=_ANY_TIME),
            OldOffer(**offer, mode=Listing.Mode.EXCLUSIVE, basis=RatePlan.Basis.FLAT, ending="as-a-whole"),
        ],
    )


def _booking(fields: Fields, payments: list[OldPayment]) -> OldBooking:
    made_at = fields.moment("created_at", "start_at")
    status = fields.choice("status", of=("PENDING", "PAID", "CANCELED", "CANCELLED"), default="PENDING")
    return OldBooking(
        **base(fields),
        person=_required(fields, "user"),
        place=_required(fields, "property"),
        units=[],
        when=_when(fields),
        party=Party(1),
        total=fields.money("total_amount"),
        status=Status.PAID if status == "PAID" else Status.PENDING if status == "PENDING" else Status.CANCELLED,
        made_at=made_at,
        ended_at=fields.moment("updated_at", default=made_at),
        payments=payments,
    )


def _when(fields: Fields) -> When:
    """A slot where there are times; without, the whole place until cancelled."""
    if not fields.has("start_at") and not fields.has("end_at"):
        return UntilCancelled()
    return Slot(fields.moment("start_at"), fields.moment("end_at"))


def _required(fields: Fields, name: str) -> str:
    key = fields.key(name)
    if not key:
        raise Unfit(f"{name} is missing")
    return key
