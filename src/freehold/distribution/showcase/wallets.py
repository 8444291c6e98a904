"""Places where people pay by telephone: flats and a cottage in Nairobi (M-Pesa), flats in Dhaka (bKash).

Prices, and what taxes make of them, are whole shillings: M-Pesa moves nothing smaller.
"""

from datetime import time

from freehold.distribution.showcase.facts import Firm, Place, Sold, Space

_WHOLE = "Whole place"

_JACARANDA = Place(
    slug="jacaranda-court-kilimani",
    title="Jacaranda Court, Kilimani",
    description=(
        "Two rooms on the fourth floor, with a balcony above the jacarandas of Kilimani. The building has a guard, a "
        "lift, a borehole and a generator; the Yaya Centre is ten minutes away on foot."
    ),
    category="apartment",
    neighbourhood="Kilimani",
    city="Nairobi",
    region="Nairobi County",
    country="KE",
    latitude=-1.2921,
    longitude=36.7856,
    host_name="Wanjiku",
    check_in_time=time(14),
    check_out_time=time(10),
    amenities=("wifi", "workspace", "kitchen", "patio", "elevator", "hot_water", "building_staff", "free_parking"),
    pictures=("living-warm-whole", "living-warm-corner", "kitchen-lime-whole", "bedroom-green-whole", "balconies"),
    units=(Space(name=_WHOLE, max_guests=4, bedrooms=2, beds=3, bathrooms=2),),
    sold=(
        Sold(
            slug="jacaranda-court-kilimani",
            title="Jacaranda Court: two rooms above the trees",
            unit=_WHOLE,
            max_guests=4,
            price_minor=750_000,
            weekend_minor=850_000,
            included_guests=2,
            extra_guest_minor=100_000,
            cleaning_minor=150_000,
        ),
    ),
)

_KAREN = Place(
    slug="karen-garden-cottage",
    title="Garden cottage in Karen",
    description=(
        "A stone cottage in an old garden below the Ngong Hills: one bedroom, a fireplace for July evenings, and "
        "breakfast under the fig tree if you like."
    ),
    category="cottage",
    neighbourhood="Karen",
    city="Nairobi",
    region="Nairobi County",
    country="KE",
    latitude=-1.3197,
    longitude=36.7073,
    host_name="Wanjiku",
    check_in_time=time(14),
    check_out_time=time(10),
    amenities=("wifi", "kitchen", "garden", "fireplace", "breakfast", "hot_water", "free_parking", "pets_allowed"),
    pictures=("meadow", "living-rose-whole", "bedroom-rust-whole", "kitchen-rose-table"),
    units=(Space(name=_WHOLE, max_guests=2),),
    sold=(
        Sold(
            slug="karen-garden-cottage",
            title="Garden cottage below the Ngong Hills",
            unit=_WHOLE,
            max_guests=2,
            price_minor=1_150_000,
            policy="Flexible",
            min_nights=2,
        ),
    ),
)

_GULSHAN = Place(
    slug="lakeside-flat-gulshan",
    title="Lakeside flat in Gulshan",
    description=(
        "Two bedrooms on Gulshan Lake, quiet behind double windows. A caretaker, a lift and a generator; restaurants "
        "and the diplomatic quarter are around the corner."
    ),
    category="apartment",
    neighbourhood="Gulshan",
    city="Dhaka",
    region="Dhaka Division",
    country="BD",
    latitude=23.7925,
    longitude=90.4167,
    host_name="Farhana",
    check_in_time=time(14),
    amenities=("wifi", "workspace", "kitchen", "air_conditioning", "elevator", "water_view", "building_staff"),
    pictures=("living-grey-whole", "window-light", "kitchen-slate-whole", "bedroom-blue-whole", "glass-corner"),
    units=(Space(name=_WHOLE, max_guests=4, bedrooms=2, beds=3, bathrooms=2),),
    sold=(
        Sold(
            slug="lakeside-flat-gulshan",
            title="Flat for four on Gulshan Lake",
            unit=_WHOLE,
            max_guests=4,
            price_minor=650_000,
            weekend_minor=720_000,
            included_guests=2,
            extra_guest_minor=80_000,
            cleaning_minor=100_000,
        ),
    ),
)

_DHANMONDI = Place(
    slug="rooftop-room-dhanmondi",
    title="Rooftop room in Dhanmondi",
    description=(
        "A bright room on the roof of a family house, with a terrace full of pots and a view over Dhanmondi Lake. "
        "Breakfast is brought up: paratha, eggs and tea."
    ),
    category="guesthouse",
    neighbourhood="Dhanmondi",
    city="Dhaka",
    region="Dhaka Division",
    country="BD",
    latitude=23.7461,
    longitude=90.3742,
    host_name="Farhana",
    check_in_time=time(13),
    amenities=("wifi", "breakfast", "fan", "patio", "outdoor_dining", "hot_water", "bed_linens"),
    pictures=("bedroom-teal-whole", "bedroom-teal-pillows", "stair-hall", "window-light"),
    units=(Space(name=_WHOLE, max_guests=2),),
    sold=(
        Sold(
            slug="rooftop-room-dhanmondi",
            title="A room on the roof, breakfast included",
            unit=_WHOLE,
            max_guests=2,
            price_minor=320_000,
            policy="Flexible",
        ),
    ),
)

NAIROBI_NESTS = Firm(
    name="Nairobi Nests",
    slug="nairobi-nests",
    currency="KES",
    time_zone="Africa/Nairobi",
    taxes={("vat", "VAT"): 1_600, ("tourism-levy", "Tourism levy"): 200},
    places=(_JACARANDA, _KAREN),
)

DHAKA_DWELLINGS = Firm(
    name="Dhaka Dwellings",
    slug="dhaka-dwellings",
    currency="BDT",
    time_zone="Asia/Dhaka",
    taxes={("vat", "VAT on accommodation"): 1_500},
    places=(_GULSHAN, _DHANMONDI),
)
