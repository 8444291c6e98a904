"""A house of many uses in Salem: a court by the hour, desks by the seat, a hall as a whole. And three houses,
of which one answers requests, one takes a part at once, and one a deposit against damage.
"""

from freehold.distribution.showcase.facts import Firm, Hours, Place, Sold, Space
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing

_DESKS = tuple(f"Desk {number}" for number in range(1, 9))
_OFFICE_HOURS = (*(("08:00", "20:00"),) * 5, *(("10:00", "16:00"),) * 2)

_HARBOUR_HOUSE = Place(
    slug="harbour-house",
    title="Harbour House",
    description=(
        "A sail loft of 1890 on Derby Wharf, now a house for work, play and feasts: desks and a meeting room above the "
        "water, a tennis court behind the house, and a hall with a floor made for dancing."
    ),
    category="curiosity",
    neighbourhood="Derby Street",
    city="Salem",
    region="Massachusetts",
    country="US",
    latitude=42.5207,
    longitude=-70.8862,
    host_name="Harper",
    amenities=("wifi", "ethernet", "workspace", "coffee_maker", "water_view", "step_free", "paid_parking", "heating"),
    pictures=("quay-at-dusk", "stair-hall", "lobby-sofas", "window-light"),
    types=(Space(name="Desk", max_guests=1, bedrooms=0, beds=0, bathrooms=0, description="A desk by the window."),),
    units=(
        *(Space(name=desk, of_type="Desk", max_guests=1, bedrooms=0, beds=0, bathrooms=0) for desk in _DESKS),
        Space(name="Chart room", max_guests=12, bedrooms=0, beds=0, bathrooms=1, parts=_DESKS),
        Space(name="Tennis court", max_guests=4, bedrooms=0, beds=0, bathrooms=0),
        Space(name="Sail hall", max_guests=120, bedrooms=0, beds=0, bathrooms=3),
    ),
    sold=(
        Sold(
            slug="harbour-house-desks",
            title="A desk above the harbour",
            unit_type="Desk",
            mode=Listing.Mode.SLOT,
            basis=RatePlan.Basis.HOUR,
            max_guests=8,
            price_minor=600,
            policy="Flexible",
            hours=Hours(week=_OFFICE_HOURS, min_minutes=60, max_minutes=600, grid_minutes=60, seat_per_guest=True),
        ),
        Sold(
            slug="harbour-house-chart-room",
            title="The Chart Room for a meeting",
            unit="Chart room",
            mode=Listing.Mode.SLOT,
            basis=RatePlan.Basis.HOUR,
            max_guests=12,
            included_guests=12,
            price_minor=4_500,
            hours=Hours(week=_OFFICE_HOURS, max_minutes=480, buffer_after_minutes=30),
        ),
        Sold(
            slug="harbour-house-tennis",
            title="Tennis court behind the house",
            unit="Tennis court",
            mode=Listing.Mode.SLOT,
            basis=RatePlan.Basis.HOUR,
            max_guests=4,
            included_guests=4,
            price_minor=3_200,
            policy="Flexible",
            hours=Hours(week=(("07:00", "21:00"),) * 7, max_minutes=120, grid_minutes=60),
        ),
        Sold(
            slug="harbour-house-sail-hall",
            title="The Sail Hall for a feast",
            unit="Sail hall",
            mode=Listing.Mode.EXCLUSIVE,
            basis=RatePlan.Basis.FLAT,
            max_guests=120,
            included_guests=120,
            price_minor=240_000,
            cleaning_minor=35_000,
            policy="Firm",
            payment_terms=Listing.PaymentTerms.DEPOSIT,
            deposit_basis_points=2_500,
            turnover_days=1,
        ),
    ),
)

_CABIN = Place(
    slug="owls-nest-cabin",
    title="Owl's Nest",
    description=(
        "One room with a stove, a porch and a path to the pond. The owners live next door and answer every request "
        "themselves, usually within a few hours."
    ),
    category="cabin",
    neighbourhood="",
    city="Concord",
    region="Massachusetts",
    country="US",
    latitude=42.4386,
    longitude=-71.3422,
    host_name="Harper",
    amenities=("fireplace", "fire_pit", "kitchenette", "green_view", "waterfront", "free_parking", "pets_allowed"),
    pictures=("meadow", "bedroom-rust-whole", "bedroom-rust-bedside"),
    units=(Space(name="Whole place", max_guests=3, beds=2),),
    sold=(
        Sold(
            slug="owls-nest-cabin",
            title="Owl's Nest: a cabin by the pond",
            unit="Whole place",
            max_guests=3,
            price_minor=14_500,
            weekend_minor=17_500,
            included_guests=2,
            extra_guest_minor=2_000,
            cleaning_minor=4_000,
            acceptance=Listing.Acceptance.REQUEST,
        ),
    ),
)

_COTTAGE = Place(
    slug="lantern-cottage",
    title="Lantern Cottage",
    description=(
        "A white cottage for six at the end of a lane, with an orchard behind it. A fifth is paid at once, the rest on "
        "arrival; the day after each stay is left to those who clean."
    ),
    category="cottage",
    neighbourhood="",
    city="Concord",
    region="Massachusetts",
    country="US",
    latitude=42.4575,
    longitude=-71.3601,
    host_name="Harper",
    amenities=("kitchen", "garden", "barbecue", "wifi", "washer", "dryer", "fireplace", "free_parking", "crib"),
    pictures=("living-pale-whole", "kitchen-soft-whole", "bedroom-blue-whole", "meadow"),
    units=(Space(name="Whole place", max_guests=6, bedrooms=3, beds=4, bathrooms=2),),
    sold=(
        Sold(
            slug="lantern-cottage",
            title="Lantern Cottage and its orchard",
            unit="Whole place",
            max_guests=6,
            price_minor=31_000,
            weekend_minor=36_000,
            included_guests=4,
            extra_guest_minor=2_500,
            cleaning_minor=9_000,
            payment_terms=Listing.PaymentTerms.DEPOSIT,
            deposit_basis_points=2_000,
            turnover_days=1,
            min_nights=2,
        ),
    ),
)

_FERRY_HOUSE = Place(
    slug="ferry-house-marblehead",
    title="Ferry House, Marblehead",
    description=(
        "The ferryman's house above the old landing: a piano, a wall of ship models and a great deal of china. That is "
        "why a deposit is held while you stay, and let go a week after."
    ),
    category="house",
    neighbourhood="Old Town",
    city="Marblehead",
    region="Massachusetts",
    country="US",
    latitude=42.5047,
    longitude=-70.8509,
    host_name="Harper",
    amenities=("kitchen", "piano", "books", "fireplace", "water_view", "wifi", "washer", "street_parking"),
    pictures=("quay-at-dusk", "living-warm-whole", "kitchen-rose-whole", "bedroom-blue-whole"),
    units=(Space(name="Whole place", max_guests=5, bedrooms=2, beds=3, bathrooms=2),),
    sold=(
        Sold(
            slug="ferry-house-marblehead",
            title="Ferry House above the landing",
            unit="Whole place",
            max_guests=5,
            price_minor=27_000,
            included_guests=5,
            cleaning_minor=8_000,
            damage_deposit_minor=50_000,
        ),
    ),
)

HARBOUR_HOUSE = Firm(
    name="Harbour House",
    slug="harbour-house",
    currency="USD",
    time_zone="America/New_York",
    taxes={("state-occupancy", "Massachusetts room occupancy excise"): 570},
    places=(_HARBOUR_HOUSE, _CABIN, _COTTAGE, _FERRY_HOUSE),
)
