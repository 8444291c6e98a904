"""Estates in Dhaka that are taken by the slot, whichever and however long, or from now on until cancelled.

Nothing is blocked, no tax is added, and a slot costs what the whole costs: the price of a place is what a booking of it
comes to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from freehold.distribution.showcase.facts import Firm, Hours, Place, Sold, Space
from freehold.pricing.models import RatePlan
from freehold.properties.models import Listing

_WHOLE = "Whole place"
_ANY_TIME = Hours(week=(("00:00", "24:00"),) * 7, grid_minutes=0, min_minutes=15, max_minutes=31 * 24 * 60)
_YEARS_AHEAD = 3650

_SERVED = ("wifi", "air_conditioning", "elevator", "building_staff", "hot_water", "free_parking")
_FURNISHED = (*_SERVED, "kitchen", "refrigerator", "washer", "tv", "workspace")
_GARDENED = ("wifi", "air_conditioning", "kitchen", "garden", "outdoor_dining", "barbecue", "free_parking", "hot_water")
_SPLENDID = (*_FURNISHED, "pool", "gym", "sauna", "city_view", "safe")
_BY_THE_WATER = (*_GARDENED, "waterfront", "water_view", "patio")

_TOWER = ("balconies", "living-grey-whole", "kitchen-slate-whole", "bedroom-blue-whole")
_GLASS = ("glass-corner", "living-pale-whole", "kitchen-soft-whole", "bedroom-green-whole")
_WHITE = ("white-facade", "living-warm-whole", "kitchen-lime-whole", "bedroom-teal-whole")
_FOLDED = ("folded-facade", "living-rose-whole", "kitchen-rose-whole", "bedroom-rust-whole")
_LAWN = ("meadow", "living-warm-corner", "kitchen-lime-table", "bedroom-green-whole", "window-light")
_QUAY = ("quay-at-dusk", "living-pale-corner", "kitchen-soft-table", "bedroom-blue-whole")
_LOBBY = ("lobby-sofas", "stair-hall", "bedroom-teal-whole", "window-light")
_CANOPY = ("timber-canopy", "living-grey-corner", "kitchen-slate-table", "bedroom-rust-whole")


@dataclass(frozen=True, slots=True)
class _Quarter:
    name: str
    latitude: float
    longitude: float


_GULSHAN = _Quarter("Gulshan", 23.7925, 90.4147)
_BANANI = _Quarter("Banani", 23.7940, 90.4043)
_BARIDHARA = _Quarter("Baridhara", 23.8000, 90.4230)
_DHANMONDI = _Quarter("Dhanmondi", 23.7465, 90.3760)
_UTTARA = _Quarter("Uttara", 23.8759, 90.3795)
_BASHUNDHARA = _Quarter("Bashundhara", 23.8193, 90.4526)
_WARI = _Quarter("Wari", 23.7170, 90.4180)
_PURBACHAL = _Quarter("Purbachal", 23.8340, 90.5040)
_SAVAR = _Quarter("Savar", 23.8583, 90.2667)


@dataclass(frozen=True, slots=True)
class _Estate:
    """`price` in whole taka; `rooms` are bedrooms and bathrooms."""

    slug: str
    title: str
    words: str
    category: str
    quarter: _Quarter
    rooms: tuple[int, int]
    guests: int
    price: int
    amenities: Sequence[str]
    pictures: Sequence[str]


_ESTATES = (
    _Estate(
        "gulshan-sky-penthouse",
        "Sky penthouse above Gulshan Lake",
        "Two floors at the top of a tower, with a pool on the roof and the whole of the lake below.",
        *("condo", _GULSHAN, (5, 6), 12, 95_000, _SPLENDID, _TOWER),
    ),
    _Estate(
        "gulshan-embassy-residence",
        "Embassy residence in Gulshan",
        "A house for receptions: a dining room for twenty, a lawn, and a separate entrance for staff.",
        *("house", _GULSHAN, (6, 7), 20, 88_000, (*_GARDENED, "pool", "safe"), _WHITE),
    ),
    _Estate(
        "gulshan-lake-condominium",
        "Condominium on Gulshan Avenue",
        "Three bedrooms behind double windows, furnished in teak, with a caretaker day and night.",
        *("condo", _GULSHAN, (3, 3), 6, 32_000, _FURNISHED, _GLASS),
    ),
    _Estate(
        "banani-garden-duplex",
        "Garden duplex in Banani",
        "A ground floor with a garden and four bedrooms above it, on a quiet road near Banani Lake.",
        *("townhouse", _BANANI, (4, 4), 8, 46_000, _GARDENED, _LAWN),
    ),
    _Estate(
        "banani-corner-loft",
        "Corner loft in Banani",
        "One tall room with a gallery to sleep on; galleries, tailors and coffee around the corner.",
        *("loft", _BANANI, (1, 1), 3, 15_000, _FURNISHED, _GLASS),
    ),
    _Estate(
        "banani-serviced-suites",
        "Serviced suites on Kemal Ataturk Avenue",
        "Two bedrooms that are cleaned every day, a lobby with a desk, and offices within a short walk.",
        *("serviced-apartment", _BANANI, (2, 2), 4, 21_000, (*_FURNISHED, "gym", "cleaning"), _LOBBY),
    ),
    _Estate(
        "baridhara-park-villa",
        "Park villa in Baridhara",
        "A villa of five bedrooms beside the park of the diplomatic zone, with a pool and old mango trees.",
        *("villa", _BARIDHARA, (5, 5), 12, 78_000, (*_GARDENED, "pool", "fireplace"), _WHITE),
    ),
    _Estate(
        "baridhara-lake-apartment",
        "Lake apartment in Baridhara",
        "A whole floor with a balcony on two sides, and a lift that opens into the hall.",
        *("apartment", _BARIDHARA, (4, 4), 8, 41_000, (*_FURNISHED, "water_view"), _TOWER),
    ),
    _Estate(
        "baridhara-consul-townhouse",
        "The Consul's townhouse",
        "Three floors of brick from the seventies, restored, with a roof terrace and a library.",
        *("townhouse", _BARIDHARA, (4, 3), 8, 44_000, (*_GARDENED, "books", "workspace"), _FOLDED),
    ),
    _Estate(
        "dhanmondi-lake-house",
        "House on Dhanmondi Lake",
        "A family house of 1962 with verandas on the water, five minutes from Rabindra Sarobar.",
        *("house", _DHANMONDI, (4, 3), 9, 39_000, _BY_THE_WATER, _QUAY),
    ),
    _Estate(
        "dhanmondi-artists-flat",
        "Artists' flat in Dhanmondi",
        "Two bedrooms and a studio with northern light, above a gallery and opposite the Chhayanaut school.",
        *("apartment", _DHANMONDI, (2, 2), 4, 17_500, (*_FURNISHED, "piano"), _FOLDED),
    ),
    _Estate(
        "dhanmondi-guest-rooms",
        "Guest rooms behind Satmasjid Road",
        "Three rooms around a courtyard, with a cook who comes in the morning.",
        *("guesthouse", _DHANMONDI, (3, 3), 6, 14_000, ("wifi", "breakfast", "fan", "hot_water", "patio"), _LOBBY),
    ),
    _Estate(
        "uttara-family-apartment",
        "Family apartment in Uttara",
        "Three bedrooms near the metro, with a playground in the yard and a school across the road.",
        *("apartment", _UTTARA, (3, 2), 6, 16_000, (*_FURNISHED, "crib", "toys"), _TOWER),
    ),
    _Estate(
        "uttara-airport-suite",
        "Suite beside the airport",
        "A studio of a hotel kept for early flights: ten minutes to the terminal, breakfast from four.",
        *("aparthotel", _UTTARA, (1, 1), 2, 9_500, (*_SERVED, "breakfast", "luggage_drop"), _LOBBY),
    ),
    _Estate(
        "bashundhara-glass-villa",
        "Glass villa in Bashundhara",
        "Concrete, glass and water, by a pupil of Louis Kahn's draughtsmen; a cinema in the basement.",
        *("villa", _BASHUNDHARA, (5, 6), 10, 82_000, (*_SPLENDID, "garden", "sound_system"), _CANOPY),
    ),
    _Estate(
        "bashundhara-campus-flat",
        "Flat beside the universities",
        "Two bedrooms and two desks, on the road between the two campuses.",
        *("apartment", _BASHUNDHARA, (2, 2), 4, 12_500, _FURNISHED, _GLASS),
    ),
    _Estate(
        "bashundhara-cottage",
        "Cottage at the edge of Bashundhara",
        "One storey with a tin roof for the sound of the rain, in a garden of betel palms.",
        *("cottage", _BASHUNDHARA, (2, 1), 4, 13_500, _GARDENED, _LAWN),
    ),
    _Estate(
        "wari-merchants-house",
        "Merchant's house in Wari",
        "A house of 1911 with a court, a stair of cast iron and rooms that are five metres high.",
        *("house", _WARI, (6, 4), 14, 36_000, ("wifi", "fan", "kitchen", "patio", "hot_water", "books"), _FOLDED),
    ),
    _Estate(
        "wari-river-bungalow",
        "Bungalow by the Buriganga",
        "Verandas on the river, where the rockets to Barisal begin their night.",
        *("bungalow", _WARI, (3, 2), 6, 24_000, _BY_THE_WATER, _QUAY),
    ),
    _Estate(
        "purbachal-lake-villa",
        "Lake villa in Purbachal",
        "A new house on a new lake: four bedrooms, a jetty, and a lawn down to the water.",
        *("villa", _PURBACHAL, (4, 4), 10, 52_000, (*_BY_THE_WATER, "pool"), _QUAY),
    ),
    _Estate(
        "purbachal-weekend-home",
        "Weekend home in Purbachal",
        "Half an hour from the city: three bedrooms, a kitchen garden and a badminton court.",
        *("vacation-home", _PURBACHAL, (3, 2), 8, 23_000, (*_GARDENED, "games"), _LAWN),
    ),
    _Estate(
        "savar-farm-house",
        "Farm house in Savar",
        "A brick house among mustard fields, with a pond to fish in and cows next door.",
        *("farm-stay", _SAVAR, (4, 2), 10, 19_000, (*_GARDENED, "waterfront", "fire_pit", "pets_allowed"), _LAWN),
    ),
    _Estate(
        "savar-pottery-barn",
        "The pottery barn at Savar",
        "One room of two hundred square metres under a bamboo roof, for workshops and for weddings.",
        *("curiosity", _SAVAR, (1, 2), 60, 28_000, ("wifi", "fan", "patio", "green_view", "free_parking"), _CANOPY),
    ),
    _Estate(
        "savar-houseboat",
        "Houseboat on the Bangshi",
        "Two cabins and a deck with cane chairs; the boatman's family lives on the bank.",
        *("houseboat", _SAVAR, (2, 1), 5, 18_000, ("waterfront", "water_view", "fan", "breakfast"), _QUAY),
    ),
)


def _place(number: int, estate: _Estate) -> Place:
    bedrooms, bathrooms = estate.rooms
    price_minor = estate.price * 100
    return Place(
        slug=estate.slug,
        title=estate.title,
        description=f"{estate.words}\n\nTake it for as long as you say, or keep it until you cancel: one price.",
        category=estate.category,
        neighbourhood=estate.quarter.name,
        city="Dhaka",
        region="Dhaka Division",
        country="BD",
        # Neighbours, not all at one spot.
        latitude=estate.quarter.latitude + number % 5 * 0.0013,
        longitude=estate.quarter.longitude + number % 7 * 0.0011,
        host_name="Nusrat",
        amenities=estate.amenities,
        pictures=estate.pictures,
        units=(
            Space(name=_WHOLE, max_guests=estate.guests, bedrooms=bedrooms, beds=bedrooms + 1, bathrooms=bathrooms),
        ),
        sold=(
            Sold(
                slug=f"{estate.slug}-slots",
                title=f"{estate.title}, for the time you choose",
                unit=_WHOLE,
                mode=Listing.Mode.SLOT,
                basis=RatePlan.Basis.SLOT,
                max_guests=estate.guests,
                price_minor=price_minor,
                policy="Flexible",
                booking_window_days=_YEARS_AHEAD,
                hours=_ANY_TIME,
            ),
            Sold(
                slug=f"{estate.slug}-exclusive",
                title=f"{estate.title}, yours until you cancel",
                unit=_WHOLE,
                mode=Listing.Mode.EXCLUSIVE,
                basis=RatePlan.Basis.FLAT,
                max_guests=estate.guests,
                price_minor=price_minor,
                policy="Flexible",
                booking_window_days=_YEARS_AHEAD,
            ),
        ),
    )


PADMA_ESTATES = Firm(
    name="Padma Estates",
    slug="padma-estates",
    currency="BDT",
    time_zone="Asia/Dhaka",
    places=tuple(_place(number, estate) for number, estate in enumerate(_ESTATES)),
)
