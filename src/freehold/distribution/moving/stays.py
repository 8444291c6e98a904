"""The stays API: listings by the night, and bookings that nobody pays for in advance.

Its models are not published, so that the fields are those of its API and the names that people usually give them; see
docs/migrating.md.
"""

from collections import defaultdict
from decimal import Decimal

from django.utils.text import slugify

from freehold.distribution.moving.facts import OldBooking, OldBusiness, OldOffer, OldPlace, OldUnit, Status
from freehold.distribution.moving.fields import Fields, Unfit
from freehold.distribution.moving.reading import Reader, base, party_of
from freehold.domain.occasions import Nights
from freehold.domain.periods import nights
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing

SOURCE = "stays"
MODELS = ("customuser", "user", "listing", "listingimage", "booking")
CATEGORY = "vacation-home"
_WHOLE = "Whole place"
_CANCELLED = ("CANCELED", "CANCELLED", "REJECTED", "DECLINED")
_STANDING = ("CONFIRMED", "BOOKED", "PENDING", "ACTIVE", "COMPLETED", "PAID")


def read_stays(reader: Reader) -> OldBusiness:
    reader.leave_out_all_but(*MODELS)
    pictures: dict[str, list[str]] = defaultdict(list)
    images = reader.of("listingimage")
    for listing, path in reader.each(images, lambda fields: (fields.key("listing"), fields.text("image", "url"))):
        pictures[listing].append(path)
    return OldBusiness(
        SOURCE,
        people=list(reader.each(reader.of("customuser", "user"), reader.person)),
        places=list(reader.each(reader.of("listing"), lambda fields: _place(fields, pictures[fields.row.key]))),
        bookings=list(reader.each(reader.of("booking"), _booking)),
    )


def _place(fields: Fields, pictures: list[str]) -> OldPlace:
    title = fields.text("title", "name", longest=200)
    price = fields.money("price_per_night", "price", "nightly_price")
    guests = fields.count("max_guests", "guests", "capacity", default=2, least=1, most=1000)
    location = [fields.text(name, default="") for name in ("address", "city")]
    first = fields.text("image", "cover_image", "thumbnail", default="")
    return OldPlace(
        **base(fields),
        title=title,
        slug=fields.text("slug", default=slugify(title) or ""),
        description=fields.text("description", default=""),
        location=", ".join(part for part in location if part) or fields.text("location", default=""),
        category_slug=CATEGORY,
        country=fields.text("country", default="").upper(),
        latitude=fields.degrees("latitude", "lat"),
        longitude=fields.degrees("longitude", "lng", "lon"),
        amenities=fields.words("amenities")[0],
        pictures=[*([first] if first else []), *pictures],
        is_published=fields.flag("is_active", "is_published", "is_available", "available", default=True),
        units=[
            OldUnit(
                **base(fields),
                name=_WHOLE,
                max_guests=guests,
                bedrooms=fields.count("bedrooms", default=1, most=500),
                bathrooms=Decimal(fields.count("bathrooms", default=1, most=500)),
            )
        ],
        offers=[
            OldOffer(
                unit=_WHOLE,
                title=title,
                mode=Listing.Mode.STAY,
                basis=RatePlan.Basis.NIGHT,
                payment_terms=Listing.PaymentTerms.AT_PROPERTY,
                price=price,
                keeps_number=True,
            )
        ],
    )


def _booking(fields: Fields) -> OldBooking:
    stay = Nights(
        fields.day("check_in", "check_in_date", "start_date"), fields.day("check_out", "check_out_date", "end_date")
    )
    nights(stay.check_in, stay.check_out)
    status = fields.choice("status", of=(*_CANCELLED, *_STANDING), default="CONFIRMED")
    is_cancelled = status in _CANCELLED or fields.flag("is_cancelled", "cancelled", default=False)
    totals = ("total_price", "total_amount", "total")
    made_at = fields.moment("created_at", "booked_at", "check_in")
    person, listing = fields.key("user", "guest", "customer"), fields.key("listing")
    if not person or not listing:
        raise Unfit("user or listing is missing")
    return OldBooking(
        **base(fields),
        person=person,
        place=listing,
        units=[],
        when=stay,
        party=party_of(fields, "guests", "num_guests", "number_of_guests"),
        total=fields.money(*totals) if fields.has(*totals) else None,
        status=Status.CANCELLED if is_cancelled else Status.AGREED,
        made_at=made_at,
        ended_at=fields.moment("updated_at", default=made_at),
    )
