"""The controlled amenity vocabulary, and the rules that bring a source's free spellings onto it.

One city's listing file spells amenities in well over a thousand ways ("55 inch HDTV with Roku", "Free dryer,
in unit"). A guest filters by a few dozen facts. The vocabulary is that set; a spelling that matches no rule
is counted, not guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Amenity:
    """One entry of the vocabulary. `code` is stable and goes into URLs; `label` is English display text;
    `icon` is a name in the site's set.
    """

    code: str
    group: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class AmenityGroup:
    """A heading under which a listing page shows its amenities; the order of the table is the display order."""

    code: str
    label: str


GROUPS: tuple[AmenityGroup, ...] = (
    AmenityGroup("essentials", "Essentials"),
    AmenityGroup("kitchen", "Kitchen and dining"),
    AmenityGroup("bathroom", "Bathroom"),
    AmenityGroup("laundry", "Laundry"),
    AmenityGroup("climate", "Heating and cooling"),
    AmenityGroup("work", "Work and internet"),
    AmenityGroup("entertainment", "Entertainment"),
    AmenityGroup("family", "Family"),
    AmenityGroup("outdoors", "Outdoors"),
    AmenityGroup("views", "Views"),
    AmenityGroup("building", "Building and access"),
    AmenityGroup("parking", "Parking"),
    AmenityGroup("services", "Services"),
    AmenityGroup("safety", "Safety"),
    AmenityGroup("rules", "House rules"),
)

# group, then "code: label" pairs in display order
_TABLE: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "essentials",
        (
            ("essentials", "Towels, sheets and soap"),
            ("bed_linens", "Bed linens"),
            ("hangers", "Hangers"),
            ("iron", "Iron"),
            ("clothing_storage", "Clothing storage"),
            ("blackout_shades", "Room-darkening shades"),
        ),
    ),
    (
        "kitchen",
        (
            ("kitchen", "Kitchen"),
            ("kitchenette", "Kitchenette"),
            ("cookware", "Cookware and dishes"),
            ("refrigerator", "Refrigerator"),
            ("freezer", "Freezer"),
            ("microwave", "Microwave"),
            ("oven", "Oven"),
            ("stove", "Stove"),
            ("dishwasher", "Dishwasher"),
            ("coffee_maker", "Coffee maker"),
            ("kettle", "Kettle"),
            ("toaster", "Toaster"),
            ("dining_table", "Dining table"),
        ),
    ),
    (
        "bathroom",
        (
            ("hot_water", "Hot water"),
            ("hair_dryer", "Hair dryer"),
            ("toiletries", "Shampoo and shower gel"),
            ("bathtub", "Bathtub"),
            ("bidet", "Bidet"),
        ),
    ),
    (
        "laundry",
        (("washer", "Washer"), ("dryer", "Dryer"), ("laundromat_nearby", "Laundromat nearby")),
    ),
    (
        "climate",
        (
            ("heating", "Heating"),
            ("air_conditioning", "Air conditioning"),
            ("fan", "Fan"),
            ("fireplace", "Indoor fireplace"),
        ),
    ),
    ("work", (("wifi", "Wifi"), ("workspace", "Dedicated workspace"), ("ethernet", "Wired internet"))),
    (
        "entertainment",
        (
            ("tv", "TV"),
            ("sound_system", "Sound system"),
            ("games", "Games"),
            ("books", "Books"),
            ("piano", "Piano"),
        ),
    ),
    (
        "family",
        (
            ("crib", "Crib or travel cot"),
            ("high_chair", "High chair"),
            ("child_safety", "Child safety fittings"),
            ("toys", "Children's books and toys"),
        ),
    ),
    (
        "outdoors",
        (
            ("patio", "Patio or balcony"),
            ("garden", "Garden or backyard"),
            ("outdoor_dining", "Outdoor dining or seating"),
            ("barbecue", "Barbecue grill"),
            ("fire_pit", "Fire pit"),
            ("pool", "Pool"),
            ("hot_tub", "Hot tub"),
            ("sauna", "Sauna"),
            ("beach_access", "Beach access"),
            ("waterfront", "Waterfront or lake access"),
        ),
    ),
    (
        "views",
        (("city_view", "City view"), ("water_view", "Water view"), ("green_view", "Garden or park view")),
    ),
    (
        "building",
        (
            ("private_entrance", "Private entrance"),
            ("elevator", "Elevator"),
            ("step_free", "On one level"),
            ("building_staff", "Building staff"),
            ("gym", "Gym"),
        ),
    ),
    (
        "parking",
        (
            ("free_parking", "Free parking on the premises"),
            ("street_parking", "Free street parking"),
            ("paid_parking", "Paid parking"),
            ("ev_charger", "EV charger"),
        ),
    ),
    (
        "services",
        (
            ("self_check_in", "Self check-in"),
            ("host_greeting", "Host greets you"),
            ("luggage_drop", "Luggage drop-off"),
            ("breakfast", "Breakfast"),
            ("cleaning", "Cleaning during the stay"),
            ("long_stays", "Long stays welcome"),
        ),
    ),
    (
        "safety",
        (
            ("smoke_alarm", "Smoke alarm"),
            ("carbon_monoxide_alarm", "Carbon monoxide alarm"),
            ("fire_extinguisher", "Fire extinguisher"),
            ("first_aid_kit", "First aid kit"),
            ("bedroom_lock", "Lock on bedroom door"),
            ("safe", "Safe"),
            ("outdoor_cameras", "Security cameras outside"),
        ),
    ),
    ("rules", (("pets_allowed", "Pets allowed"), ("smoking_allowed", "Smoking allowed"))),
)

_ICON_OF_GROUP: dict[str, str] = {
    "essentials": "check",
    "kitchen": "utensils",
    "bathroom": "bath",
    "laundry": "washing-machine",
    "climate": "thermometer",
    "work": "laptop",
    "entertainment": "tv",
    "family": "users",
    "outdoors": "leaf",
    "views": "image",
    "building": "building-2",
    "parking": "parking",
    "services": "sparkles",
    "safety": "shield-check",
    "rules": "info",
}
_ICON_OF_CODE: dict[str, str] = {
    "bed_linens": "bed-double",
    "coffee_maker": "coffee",
    "kettle": "coffee",
    "breakfast": "coffee",
    "air_conditioning": "snowflake",
    "fireplace": "flame",
    "fire_pit": "flame",
    "barbecue": "flame",
    "wifi": "wifi",
    "pool": "waves",
    "hot_tub": "waves",
    "beach_access": "waves",
    "waterfront": "waves",
    "water_view": "waves",
    "green_view": "leaf",
    "private_entrance": "door-open",
    "elevator": "elevator",
    "step_free": "accessibility",
    "building_staff": "user",
    "gym": "dumbbell",
    "street_parking": "car",
    "self_check_in": "key-round",
    "host_greeting": "user",
    "long_stays": "calendar",
    "bedroom_lock": "lock",
    "safe": "lock",
    "pets_allowed": "paw-print",
}

AMENITIES: tuple[Amenity, ...] = tuple(
    Amenity(code, group, label, _ICON_OF_CODE.get(code, _ICON_OF_GROUP[group]))
    for group, entries in _TABLE
    for code, label in entries
)
AMENITY_CODES: tuple[str, ...] = tuple(amenity.code for amenity in AMENITIES)
_ORDER: dict[str, int] = {code: position for position, code in enumerate(AMENITY_CODES)}

# Every pattern is searched in the lower-cased spelling; all that match count ("TV, washer" would give both).
# Look-arounds keep the false friends apart: hair dryer / drying rack, pool table, hot water kettle.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("essentials", r"^essentials$"),
    ("bed_linens", r"\b(bed linens|extra pillows and blankets)\b"),
    ("hangers", r"\bhangers\b"),
    ("iron", r"^iron$"),
    ("clothing_storage", r"^clothing storage\b"),
    ("blackout_shades", r"\broom-darkening shades\b"),
    ("kitchen", r"^(kitchen|full kitchen)$"),
    ("kitchenette", r"\bkitchenette\b"),
    ("cookware", r"\b(cooking basics|dishes and silverware|baking sheet)\b"),
    ("refrigerator", r"\b(refrigerator|fridge)\b"),
    ("freezer", r"\bfreezer\b"),
    ("microwave", r"\bmicrowave\b"),
    ("oven", r"(?<!microwave )\boven\b"),
    ("stove", r"\b(stove|cooktop|hob)\b"),
    ("dishwasher", r"\bdishwasher\b"),
    ("coffee_maker", r"\b(coffee maker|espresso machine|nespresso|keurig)\b"),
    ("kettle", r"\bkettle\b"),
    ("toaster", r"\btoaster\b"),
    ("dining_table", r"\bdining table\b"),
    ("hot_water", r"^hot water$"),
    ("hair_dryer", r"\bhair ?dryer\b"),
    ("toiletries", r"\b(shampoo|conditioner|body soap|shower gel)\b"),
    ("bathtub", r"\b(bathtub|bath tub|soaking tub)\b"),
    ("bidet", r"\bbidet\b"),
    ("washer", r"(?<!dish)\bwasher\b"),
    ("dryer", r"(?<!hair )(?<!hair)\bdryer\b"),
    ("laundromat_nearby", r"\blaundromat\b"),
    ("heating", r"\b(heating|heater|radiant heat)\b"),
    ("air_conditioning", r"\b(air conditioning|ac unit|ac|air conditioner)\b"),
    ("fan", r"\b(ceiling fan|portable fans?|standing fan|fan)\b"),
    ("fireplace", r"\b(indoor fireplace|fireplace)\b(?! guards)"),
    ("wifi", r"\b(wi-?fi|wireless internet)\b(?!.*sound)"),
    ("workspace", r"\b(workspace|laptop[- ]friendly)\b"),
    ("ethernet", r"\bethernet\b"),
    ("tv", r"\b(hd)?tv\b"),
    ("sound_system", r"\b(sound system|record player|speakers?)\b"),
    ("games", r"\b(board games|game console|arcade games|pool table|ping pong|life size games)\b"),
    ("books", r"^books\b"),
    ("piano", r"\bpiano\b"),
    ("crib", r"\b(crib|travel crib|pack .?n play)\b"),
    ("high_chair", r"\bhigh ?chair\b"),
    (
        "child_safety",
        r"\b(safety gates?|outlet covers|window guards|fireplace guards|corner guards|baby monitor)",
    ),
    ("toys", r"\bchildren.?s (books|toys|playroom|bikes)"),
    ("patio", r"\b(patio|balcony|terrace|deck)\b"),
    ("garden", r"\b(backyard|garden)\b(?! view)"),
    ("outdoor_dining", r"\b(outdoor dining|outdoor furniture|sun loungers|outdoor seating)"),
    ("barbecue", r"\b(bbq|barbecue)\b(?! utensils)"),
    ("fire_pit", r"\bfire ?pit\b"),
    ("pool", r"\bpool\b(?! table)(?! view)"),
    ("hot_tub", r"\b(hot tub|jacuzzi)\b"),
    ("sauna", r"\bsauna\b"),
    ("beach_access", r"\bbeach access\b|\bbeachfront\b"),
    ("waterfront", r"\b(waterfront|beachfront|lake access)\b"),
    ("city_view", r"\b(skyline|city) view\b"),
    ("water_view", r"\b(harbou?r|bay|river|ocean|sea|beach|marina|lake|canal|water) view\b"),
    ("green_view", r"\b(garden|park|courtyard|valley|mountain) view\b"),
    ("private_entrance", r"\bprivate entrance\b"),
    ("elevator", r"\b(elevator|lift)\b"),
    ("step_free", r"\b(single level home|step-free|no stairs)\b"),
    ("building_staff", r"\b(building staff|doorman|concierge|24-hour front desk)\b"),
    ("gym", r"\bgym\b(?! nearby)"),
    ("free_parking", r"\bfree (driveway |residential )?(parking|carport|garage)\b(?!.*street)"),
    ("street_parking", r"\bfree street parking\b"),
    ("paid_parking", r"\bpaid\b.*\bparking\b"),
    ("ev_charger", r"\bev charger\b"),
    ("self_check_in", r"\b(self check-?in|lockbox|keypad|smart ?lock)\b"),
    ("host_greeting", r"\bhost greets you\b"),
    ("luggage_drop", r"\bluggage drop-?off\b"),
    ("breakfast", r"\bbreakfast\b"),
    ("cleaning", r"\b(cleaning available|housekeeping)\b"),
    ("long_stays", r"\blong[- ]term stays\b"),
    ("smoke_alarm", r"\bsmoke (alarm|detector)\b"),
    ("carbon_monoxide_alarm", r"\bcarbon monoxide (alarm|detector)\b"),
    ("fire_extinguisher", r"\bfire extinguisher\b"),
    ("first_aid_kit", r"\bfirst aid\b"),
    ("bedroom_lock", r"\block on bedroom door\b"),
    ("safe", r"^safe$"),
    ("outdoor_cameras", r"\bsecurity cameras?\b"),
    ("pets_allowed", r"\bpets allowed\b"),
    ("smoking_allowed", r"\bsmoking allowed\b"),
)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple((code, re.compile(p)) for code, p in _PATTERNS)
_SPACES = re.compile(r"\s+")


@lru_cache(maxsize=16384)
def codes_of(spelling: str) -> tuple[str, ...]:
    """Vocabulary codes of one source spelling, in display order; empty when no rule knows it."""
    text = _SPACES.sub(" ", spelling.replace("’", "'").replace("–", "-")).strip().lower()
    return tuple(code for code, pattern in _RULES if pattern.search(text))


def normalise_amenities(spellings: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(codes in display order without repeats, the spellings that no rule knows)."""
    known: set[str] = set()
    unknown: list[str] = []
    for spelling in spellings:
        codes = codes_of(spelling)
        if codes:
            known.update(codes)
        elif spelling.strip():
            unknown.append(spelling)
    return tuple(sorted(known, key=_ORDER.__getitem__)), tuple(unknown)
