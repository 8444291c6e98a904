"""What is worth saying about a place: amenities as phrases, the rarer the more telling."""

from decimal import Decimal

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.records import ListingRecord

# In the order in which a person would care; common things (wifi, heating) say nothing in a title.
_WITH: tuple[tuple[str, str], ...] = (
    ("hot_tub", "a hot tub"),
    ("sauna", "a sauna"),
    ("pool", "a pool"),
    ("water_view", "a water view"),
    ("city_view", "a skyline view"),
    ("piano", "a piano"),
    ("fire_pit", "a fire pit"),
    ("fireplace", "a fireplace"),
    ("green_view", "a leafy view"),
    ("ev_charger", "an EV charger"),
    ("beach_access", "beach access"),
    ("gym", "a gym"),
    ("patio", "a patio or balcony"),
    ("garden", "a backyard"),
    ("barbecue", "a barbecue"),
    ("free_parking", "free parking"),
    ("outdoor_dining", "outdoor seating"),
    ("breakfast", "breakfast"),
    ("building_staff", "a staffed entrance"),
    ("elevator", "an elevator"),
    ("private_entrance", "its own entrance"),
    ("bathtub", "a bathtub"),
    ("workspace", "a workspace"),
    ("dishwasher", "a dishwasher"),
    ("street_parking", "free street parking"),
    ("self_check_in", "self check-in"),
)
# Said of a single room only: of a whole home they go without saying.
_WITH_ROOM: tuple[tuple[str, str], ...] = (
    ("air_conditioning", "air conditioning"),
    ("kitchen", "a kitchen"),
    ("kitchenette", "a kitchenette"),
    ("coffee_maker", "a coffee maker"),
    ("wifi", "wifi"),
)
# A title picks among this many of the most telling things, so that neighbours do not all name the same.
_CANDIDATES = 4
_WELL_EQUIPPED = 44
_WELL_REVIEWED_RATING = Decimal("4.80")
_WELL_REVIEWED_COUNT = 20
_LARGE_BEDROOMS = 4
_MONTH = 28


def telling_features(record: ListingRecord) -> list[str]:
    """The most telling things that the place has, as they stand after "with"."""
    owned = set(record.amenities)
    table = _WITH if record.space is Space.ENTIRE else _WITH + _WITH_ROOM
    phrases = [phrase for code, phrase in table if code in owned]
    if {"washer", "dryer"} <= owned:
        phrases.insert(_CANDIDATES - 1, "washer and dryer")
    return phrases[:_CANDIDATES]


def supported_adjectives(record: ListingRecord) -> list[str]:
    """Adjectives that the facts carry, and no others."""
    owned = set(record.amenities)
    found = []
    if record.bedrooms >= _LARGE_BEDROOMS and record.space is Space.ENTIRE:
        found.append("large")
    if record.bedrooms == 0 and record.accommodates <= 2:
        found.append("compact")
    if len(owned) >= _WELL_EQUIPPED:
        found.append("well-equipped")
    is_rated_well = record.rating is not None and record.rating >= _WELL_REVIEWED_RATING
    if is_rated_well and record.review_count >= _WELL_REVIEWED_COUNT:
        found.append("well-reviewed")
    if "pets_allowed" in owned:
        found.append("pet-friendly")
    if {"crib", "high_chair"} <= owned:
        found.append("family-ready")
    if "waterfront" in owned:
        found.append("waterside")
    if "step_free" in owned:
        found.append("single-level")
    if "air_conditioning" in owned:
        found.append("air-conditioned")
    if record.min_nights >= _MONTH:
        found.append("furnished")
    return found
