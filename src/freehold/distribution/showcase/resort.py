"""A resort in Goa: ten numbered rooms of three types, a suite of two of them, and all of it at once."""

from datetime import time

from freehold.distribution.showcase.facts import Firm, Place, Sold, Space

_GARDEN, _POOL, _FAMILY = "Garden room", "Pool room", "Family room"
_ROOMS = (
    *(
        Space(name=f"Room {number}", of_type=_GARDEN, max_guests=2, beds=1, description="Ground floor, garden side.")
        for number in range(101, 105)
    ),
    *(
        Space(name=f"Room {number}", of_type=_POOL, max_guests=3, beds=2, description="First floor, above the pool.")
        for number in range(201, 205)
    ),
    *(
        Space(name=f"Room {number}", of_type=_FAMILY, max_guests=4, beds=3, description="Under the roof.")
        for number in range(301, 303)
    ),
)
_EVERYBODY = sum(room.max_guests for room in _ROOMS)

_PALM_GROVE = Place(
    slug="palm-grove-resort",
    title="Palm Grove Resort",
    description=(
        "Ten rooms around a pool and an old garden, a few minutes on foot from the beach at Candolim.\n\n"
        "Take a room of the kind you like, several of them together, the family suite under the roof, or the whole "
        "house for a wedding or a retreat. Breakfast is served on the terrace until eleven."
    ),
    category="resort",
    neighbourhood="Candolim",
    city="Goa",
    region="Goa",
    country="IN",
    latitude=15.5181,
    longitude=73.7630,
    host_name="Maria",
    check_in_time=time(14),
    amenities=(
        *("pool", "garden", "beach_access", "outdoor_dining", "patio", "breakfast", "air_conditioning", "fan"),
        *("wifi", "hot_water", "toiletries", "bed_linens", "crib", "high_chair", "building_staff", "luggage_drop"),
        *("free_parking", "safe", "fire_extinguisher", "first_aid_kit", "long_stays"),
    ),
    pictures=("timber-canopy", "bedroom-teal-whole", "lobby-sofas", "meadow", "bedroom-green-pillows"),
    max_guests=_EVERYBODY,
    types=(
        Space(
            name=_GARDEN, max_guests=2, description="A double bed, a veranda and a door to the garden. Quiet at night."
        ),
        Space(name=_POOL, max_guests=3, beds=2, description="A double and a single bed, and a balcony above the pool."),
        Space(
            name=_FAMILY,
            max_guests=4,
            beds=3,
            description="Under the roof: a double bed, two single ones, and room to play.",
        ),
    ),
    units=(
        *_ROOMS,
        Space(
            name="Family suite",
            max_guests=8,
            bedrooms=2,
            beds=6,
            bathrooms=2,
            parts=("Room 301", "Room 302"),
            description="Both family rooms with the door between them open.",
        ),
        Space(
            name="The whole resort",
            max_guests=_EVERYBODY,
            bedrooms=len(_ROOMS),
            beds=sum(room.beds for room in _ROOMS),
            bathrooms=len(_ROOMS),
            parts=tuple(room.name for room in _ROOMS),
        ),
    ),
    sold=(
        Sold(
            slug="palm-grove-garden-room",
            title="Garden room at Palm Grove",
            unit_type=_GARDEN,
            max_guests=2,
            price_minor=450_000,
            weekend_minor=540_000,
            included_guests=2,
            infants_beside=1,
        ),
        Sold(
            slug="palm-grove-pool-room",
            title="Pool room at Palm Grove",
            unit_type=_POOL,
            max_guests=3,
            price_minor=590_000,
            weekend_minor=700_000,
            included_guests=2,
            extra_guest_minor=120_000,
            infants_beside=1,
        ),
        Sold(
            slug="palm-grove-family-room",
            title="Family room at Palm Grove",
            unit_type=_FAMILY,
            max_guests=4,
            price_minor=780_000,
            weekend_minor=920_000,
            included_guests=3,
            extra_guest_minor=110_000,
            infants_beside=1,
        ),
        Sold(
            slug="palm-grove-family-suite",
            title="Family suite at Palm Grove: two rooms and a door between them",
            unit="Family suite",
            max_guests=8,
            price_minor=1_450_000,
            included_guests=8,
            min_nights=2,
        ),
        Sold(
            slug="palm-grove-whole-resort",
            title="Palm Grove, the whole resort for yourselves",
            unit="The whole resort",
            max_guests=_EVERYBODY,
            price_minor=5_200_000,
            included_guests=_EVERYBODY,
            cleaning_minor=900_000,
            policy="Firm",
            min_nights=2,
        ),
    ),
)

PALM_GROVE = Firm(
    name="Palm Grove Hospitality",
    slug="palm-grove-hospitality",
    currency="INR",
    time_zone="Asia/Kolkata",
    # 12 % on rooms up to 7,500.00 a night (Notification 11/2017-CT(Rate), heading 9963), taken for all of them here.
    taxes={("gst", "GST on accommodation"): 1_200},
    places=(_PALM_GROVE,),
)
