"""Stays in Boston that are confirmed at once, because they are paid on arrival."""

from freehold.distribution.showcase.facts import Firm, Place, Sold, Space
from freehold.properties.models import Listing

_WHOLE = "Whole place"


def _stay(
    slug: str,
    title: str,
    description: str,
    *,
    category: str,
    quarter: tuple[str, float, float],
    guests: int,
    bedrooms: int,
    dollars: int,
    amenities: tuple[str, ...],
    pictures: tuple[str, ...],
) -> Place:
    neighbourhood, latitude, longitude = quarter
    return Place(
        slug=slug,
        title=title,
        description=description,
        category=category,
        neighbourhood=neighbourhood,
        city="Boston",
        region="Massachusetts",
        country="US",
        latitude=latitude,
        longitude=longitude,
        host_name="Harper",
        amenities=("wifi", "kitchen", "heating", "hot_water", "smoke_alarm", *amenities),
        pictures=pictures,
        units=(Space(name=_WHOLE, max_guests=guests, bedrooms=bedrooms, beds=bedrooms + 1),),
        sold=(
            Sold(
                slug=slug,
                title=title,
                unit=_WHOLE,
                max_guests=guests,
                included_guests=guests,
                price_minor=dollars * 100,
                policy="Flexible",
                payment_terms=Listing.PaymentTerms.AT_PROPERTY,
            ),
        ),
    )


_STAYS = (
    _stay(
        "acorn-street-rooms",
        "Rooms on Acorn Street",
        "A coachman's house on the most photographed street of Beacon Hill: two rooms, low beams and gaslight outside.",
        category="townhouse",
        quarter=("Beacon Hill", 42.3576, -71.0688),
        guests=3,
        bedrooms=1,
        dollars=210,
        amenities=("fireplace", "books"),
        pictures=("living-warm-whole", "living-warm-corner", "bedroom-rust-whole", "kitchen-rose-table"),
    ),
    _stay(
        "south-end-parlour",
        "Parlour floor in the South End",
        "Ceilings with plaster roses, a bow window on the square, and the restaurants of Tremont Street.",
        category="apartment",
        quarter=("South End", 42.3424, -71.0744),
        guests=4,
        bedrooms=2,
        dollars=245,
        amenities=("air_conditioning", "washer", "workspace"),
        pictures=("living-rose-whole", "kitchen-lime-whole", "bedroom-teal-whole", "window-light"),
    ),
    _stay(
        "fort-point-loft",
        "Loft at Fort Point Channel",
        "A wool warehouse of 1899 with windows to the water and a view of the evening trains.",
        category="loft",
        quarter=("South Boston Waterfront", 42.3519, -71.0485),
        guests=2,
        bedrooms=1,
        dollars=265,
        amenities=("water_view", "elevator", "gym"),
        pictures=("living-grey-whole", "quay-at-dusk", "kitchen-slate-whole", "bedroom-blue-whole"),
    ),
    _stay(
        "jamaica-pond-house",
        "House by Jamaica Pond",
        "Three bedrooms and a porch, two streets from the pond; rowing boats are let from April on.",
        category="house",
        quarter=("Jamaica Plain", 42.3155, -71.1180),
        guests=6,
        bedrooms=3,
        dollars=295,
        amenities=("garden", "barbecue", "free_parking", "crib", "pets_allowed"),
        pictures=("meadow", "living-pale-whole", "kitchen-soft-whole", "bedroom-green-whole"),
    ),
    _stay(
        "charlestown-cottage",
        "Cottage below Bunker Hill",
        "A clapboard cottage with a kitchen to sit in, on a lane that the monument looks into.",
        category="cottage",
        quarter=("Charlestown", 42.3770, -71.0620),
        guests=4,
        bedrooms=2,
        dollars=225,
        amenities=("patio", "street_parking", "dryer"),
        pictures=("kitchen-lime-table", "living-warm-sofa", "bedroom-green-pillows", "window-light"),
    ),
)

BEACON_STAYS = Firm(
    name="Beacon Stays",
    slug="beacon-stays",
    currency="USD",
    time_zone="America/New_York",
    taxes={
        ("state-occupancy", "Massachusetts room occupancy excise"): 570,
        ("city-occupancy", "Boston room occupancy excise"): 650,
    },
    places=_STAYS,
)
