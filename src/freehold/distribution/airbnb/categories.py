"""From a source's property type ("Private room in bed and breakfast") to our category tree and the kind of
space.

The tree has three levels: what kind of business, what kind of building, what exactly. A listing sits on a
leaf, a search for any node finds all below it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Space(StrEnum):
    """How much of the building the guest gets."""

    ENTIRE = "entire"
    HOTEL_ROOM = "hotel_room"
    PRIVATE_ROOM = "private_room"
    SHARED_ROOM = "shared_room"


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """One node; `parent` is a slug or empty for a root. Parents come before children in `CATEGORIES`."""

    slug: str
    parent: str
    label: str


CATEGORIES: tuple[CategoryNode, ...] = (
    CategoryNode("homes", "", "Homes"),
    CategoryNode("apartments", "homes", "Apartments"),
    CategoryNode("apartment", "apartments", "Apartment"),
    CategoryNode("condo", "apartments", "Condominium"),
    CategoryNode("loft", "apartments", "Loft"),
    CategoryNode("serviced-apartment", "apartments", "Serviced apartment"),
    CategoryNode("houses", "homes", "Houses"),
    CategoryNode("house", "houses", "House"),
    CategoryNode("townhouse", "houses", "Townhouse"),
    CategoryNode("villa", "houses", "Villa"),
    CategoryNode("bungalow", "houses", "Bungalow"),
    CategoryNode("cottage", "houses", "Cottage"),
    CategoryNode("vacation-home", "houses", "Vacation home"),
    CategoryNode("secondary-units", "homes", "Guest suites and guesthouses"),
    CategoryNode("guest-suite", "secondary-units", "Guest suite"),
    CategoryNode("guesthouse", "secondary-units", "Guesthouse"),
    CategoryNode("other-homes", "homes", "Other homes"),
    CategoryNode("other-home", "other-homes", "Other home"),
    CategoryNode("hospitality", "", "Hotels and inns"),
    CategoryNode("hotels", "hospitality", "Hotels"),
    CategoryNode("hotel", "hotels", "Hotel"),
    CategoryNode("boutique-hotel", "hotels", "Boutique hotel"),
    CategoryNode("aparthotel", "hotels", "Aparthotel"),
    CategoryNode("resort", "hotels", "Resort"),
    CategoryNode("inns", "hospitality", "Inns and hostels"),
    CategoryNode("bed-and-breakfast", "inns", "Bed and breakfast"),
    CategoryNode("casa-particular", "inns", "Casa particular"),
    CategoryNode("hostel", "inns", "Hostel"),
    CategoryNode("unusual", "", "Unusual stays"),
    CategoryNode("on-the-water", "unusual", "On the water"),
    CategoryNode("boat", "on-the-water", "Boat"),
    CategoryNode("houseboat", "on-the-water", "Houseboat"),
    CategoryNode("in-nature", "unusual", "In nature"),
    CategoryNode("cabin", "in-nature", "Cabin"),
    CategoryNode("farm-stay", "in-nature", "Farm stay"),
    CategoryNode("tent", "in-nature", "Tent or yurt"),
    CategoryNode("tiny-home", "in-nature", "Tiny home"),
    CategoryNode("treehouse", "in-nature", "Treehouse"),
    CategoryNode("camper", "in-nature", "Camper"),
    CategoryNode("curiosities", "unusual", "Curiosities"),
    CategoryNode("curiosity", "curiosities", "Curiosity"),
)
_BY_SLUG: dict[str, CategoryNode] = {node.slug: node for node in CATEGORIES}
FALLBACK_CATEGORY = "other-home"

# Words of the source (what follows "Entire", "Private room in", ...) to our leaf.
_LEAVES: dict[str, str] = {
    "rental unit": "apartment",
    "apartment": "apartment",
    "condo": "condo",
    "condominium": "condo",
    "condominium (condo)": "condo",
    "loft": "loft",
    "serviced apartment": "serviced-apartment",
    "home": "house",
    "house": "house",
    "residential home": "house",
    "townhouse": "townhouse",
    "villa": "villa",
    "castle": "curiosity",
    "bungalow": "bungalow",
    "home/apt": "other-home",
    "cottage": "cottage",
    "chalet": "cottage",
    "vacation home": "vacation-home",
    "guest suite": "guest-suite",
    "in-law": "guest-suite",
    "guesthouse": "guesthouse",
    "place": "other-home",
    "": "other-home",
    "hotel": "hotel",
    "boutique hotel": "boutique-hotel",
    "aparthotel": "aparthotel",
    "resort": "resort",
    "nature lodge": "resort",
    "bed and breakfast": "bed-and-breakfast",
    "pension": "bed-and-breakfast",
    "minsu": "bed-and-breakfast",
    "ryokan": "bed-and-breakfast",
    "casa particular": "casa-particular",
    "hostel": "hostel",
    "boat": "boat",
    "houseboat": "houseboat",
    "cabin": "cabin",
    "hut": "cabin",
    "earthen home": "cabin",
    "farm stay": "farm-stay",
    "barn": "farm-stay",
    "ranch": "farm-stay",
    "tent": "tent",
    "yurt": "tent",
    "tipi": "tent",
    "campsite": "tent",
    "dome": "tent",
    "tiny home": "tiny-home",
    "tiny house": "tiny-home",
    "shipping container": "tiny-home",
    "treehouse": "treehouse",
    "camper/rv": "camper",
    "bus": "camper",
    "cave": "curiosity",
    "dammuso": "curiosity",
    "island": "curiosity",
    "lighthouse": "curiosity",
    "religious building": "curiosity",
    "tower": "curiosity",
    "train": "curiosity",
    "trullo": "curiosity",
    "windmill": "curiosity",
}
_PREFIX = re.compile(
    r"^(?:entire|private room in|shared room in|room in|private room|shared room|private)\b\s*(?:an? )?"
)
_ROOM_TYPES: dict[str, Space] = {
    "entire home/apt": Space.ENTIRE,
    "hotel room": Space.HOTEL_ROOM,
    "private room": Space.PRIVATE_ROOM,
    "shared room": Space.SHARED_ROOM,
}
_HOTEL_LEAVES = frozenset({"hotel", "boutique-hotel", "aparthotel", "resort"})


def category_of(property_type: str) -> str | None:
    """Leaf slug of a source's property type, or None when the words are new to us."""
    words = " ".join(property_type.lower().split())
    return _LEAVES.get(words) or _LEAVES.get(_PREFIX.sub("", words))


def space_of(room_type: str, property_type: str) -> Space | None:
    """How much the guest gets: the room type says it; without one the property type's first words do."""
    stated = _ROOM_TYPES.get(" ".join(room_type.lower().split()))
    words = property_type.lower().strip()
    if stated is Space.PRIVATE_ROOM and words.startswith("room in") and category_of(property_type) in _HOTEL_LEAVES:
        return Space.HOTEL_ROOM
    if stated is not None:
        return stated
    if words.startswith("shared room"):
        return Space.SHARED_ROOM
    if words.startswith("private room"):
        return Space.PRIVATE_ROOM
    if words.startswith("room in"):
        return Space.HOTEL_ROOM
    if words.startswith("entire") or category_of(property_type) is not None:
        return Space.ENTIRE
    return None


def category_path(slug: str) -> tuple[str, ...]:
    """Slugs from the root down to `slug`. KeyError for a slug outside the tree."""
    node = _BY_SLUG[slug]
    return (*category_path(node.parent), slug) if node.parent else (slug,)
