"""A resort in Goa whose rooms are sold one by one, by their numbers: no two of them are furnished alike."""

from collections.abc import Sequence
from datetime import time

from freehold.distribution.showcase.facts import Firm, Place, Sold, Space

_GARDEN, _UPPER, _FAMILY, _HOUSE = "Garden room", "Upper room", "Family room", "Planter's room"
# Number, kind, capacity, beds, bathrooms, rupees a night, what is in it.
_ROOMS: tuple[tuple[str, str, int, int, int, int, str], ...] = (
    ("A101", _GARDEN, 2, 1, 1, 7_500, "A four-poster of jackwood, and a door to the garden."),
    ("A102", _GARDEN, 2, 1, 1, 7_500, "Azulejos from Lisbon around the wash stand."),
    ("A103", _GARDEN, 2, 2, 1, 6_800, "Two beds, and the gramophone that the resort is known for."),
    ("A104", _GARDEN, 3, 2, 1, 8_200, "A day bed in the bay window."),
    ("B201", _UPPER, 2, 1, 1, 8_900, "A balcony over the paddy fields."),
    ("B202", _UPPER, 3, 2, 1, 9_600, "A balcony, and a writing desk of a magistrate."),
    ("B203", _UPPER, 3, 2, 1, 9_600, "A swing on the balcony."),
    ("B204", _FAMILY, 4, 3, 1, 11_500, "Two rooms with an arch between them."),
    ("C301", _FAMILY, 4, 3, 2, 12_400, "Under the roof, with a telescope."),
    ("C302", _HOUSE, 6, 4, 2, 16_000, "The planter's own rooms: a parlour, and beds for six."),
)
_KINDS = (
    Space(name=_GARDEN, max_guests=3, description="On the ground floor, around the garden."),
    Space(name=_UPPER, max_guests=3, description="On the first floor, with a balcony."),
    Space(name=_FAMILY, max_guests=4, beds=3, description="For two with children, or two couples."),
    Space(name=_HOUSE, max_guests=6, beds=4, bathrooms=2, description="The best of the house."),
)
_EVERYBODY = sum(capacity for _number, _kind, capacity, *_ in _ROOMS)


def _rooms() -> Sequence[Space]:
    return [
        Space(name=number, of_type=kind, max_guests=capacity, beds=beds, bathrooms=bathrooms)
        for number, kind, capacity, beds, bathrooms, _rupees, _words in _ROOMS
    ]


def _sold() -> Sequence[Sold]:
    return [
        Sold(
            slug=f"dandeli-room-{number.lower()}",
            title=f"{kind} {number} at Dandeli Vintage",
            unit=number,
            max_guests=capacity,
            included_guests=capacity,
            price_minor=rupees * 100,
            infants_beside=1,
            policy="Flexible",
        )
        for number, kind, capacity, _beds, _bathrooms, rupees, _words in _ROOMS
    ]


_DANDELI = Place(
    slug="dandeli-vintage-resorts",
    title="Dandeli Vintage Resorts",
    description=(
        "Ten rooms in a planter's house of 1894 and its two wings, among cashew trees above the Mandovi. Each room has "
        "a number and a story, and is booked by its number.\n\n"
        "Breakfast is laid on the veranda; the river is ten minutes on foot, the beach of Miramar twenty by car.\n\n"
        + "\n".join(f"{number}: {words}" for number, *_facts, words in _ROOMS)
    ),
    category="resort",
    neighbourhood="Ribandar",
    city="Goa",
    region="Goa",
    country="IN",
    latitude=15.5020,
    longitude=73.8710,
    host_name="Anjali",
    check_in_time=time(13),
    check_out_time=time(11),
    amenities=(
        *("garden", "breakfast", "outdoor_dining", "patio", "fan", "air_conditioning", "wifi", "hot_water", "books"),
        *("bed_linens", "toiletries", "high_chair", "building_staff", "luggage_drop", "free_parking", "water_view"),
    ),
    pictures=("white-facade", "bedroom-rust-whole", "stair-hall", "bedroom-teal-whole", "quay-at-dusk"),
    max_guests=_EVERYBODY,
    types=_KINDS,
    units=_rooms(),
    sold=_sold(),
)

DANDELI_VINTAGE = Firm(
    name="Dandeli Vintage Resorts",
    slug="dandeli-vintage",
    currency="INR",
    time_zone="Asia/Kolkata",
    places=(_DANDELI,),
)
