"""English for facts: numbers, lists, nouns of categories, names of places. Nothing here knows a city."""

import re
from collections.abc import Sequence
from decimal import Decimal

_NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_VOWEL = re.compile(r"^(?:[aei]|o(?!ne\b)|u(?!ni))", re.IGNORECASE)
# "in the South End", "in the Leather District", but "in Back Bay".
_WITH_ARTICLE = re.compile(r"\b(?:end|district|area|waterfront|quarter|docklands|centre|center)$", re.IGNORECASE)

NOUNS: dict[str, str] = {
    "apartment": "apartment",
    "condo": "condo",
    "loft": "loft",
    "serviced-apartment": "serviced apartment",
    "house": "house",
    "townhouse": "townhouse",
    "villa": "villa",
    "bungalow": "bungalow",
    "cottage": "cottage",
    "vacation-home": "vacation home",
    "guest-suite": "guest suite",
    "guesthouse": "guesthouse",
    "other-home": "home",
    "hotel": "hotel",
    "boutique-hotel": "boutique hotel",
    "aparthotel": "aparthotel",
    "resort": "resort",
    "bed-and-breakfast": "bed and breakfast",
    "casa-particular": "family guesthouse",
    "hostel": "hostel",
    "boat": "boat",
    "houseboat": "houseboat",
    "cabin": "cabin",
    "farm-stay": "farmhouse",
    "tent": "tent",
    "tiny-home": "tiny home",
    "treehouse": "treehouse",
    "camper": "camper",
    "curiosity": "unusual home",
}
# A home of one of these kinds without a separate bedroom is called a studio.
STUDIO_NOUNS: dict[str, str] = {
    "apartment": "studio",
    "condo": "studio condo",
    "loft": "studio loft",
    "serviced-apartment": "serviced studio",
    "guest-suite": "studio suite",
    "other-home": "studio",
    "aparthotel": "aparthotel studio",
}


def number_word(number: int) -> str:
    """Words up to twenty, digits above."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def count(number: int, noun: str, plural: str = "") -> str:
    """ "one bed", "three beds"."""
    return f"{number_word(number)} {noun if number == 1 else plural or noun + 's'}"


def bathrooms(number: Decimal) -> str:
    """ "one bathroom", "two and a half bathrooms", "a half bathroom"; empty for none."""
    whole, half = int(number), number % 1 != 0
    if not whole:
        return "a half bathroom" if half else ""
    if half:
        return f"{number_word(whole)} and a half bathrooms"
    return count(whole, "bathroom")


def join(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def with_article(phrase: str) -> str:
    """ "an apartment", "a studio"."""
    return f"{'an' if _VOWEL.match(phrase) else 'a'} {phrase}"


def sentence_case(text: str) -> str:
    """The first letter large, the rest as it is (names inside keep theirs)."""
    return text[:1].upper() + text[1:]


def place_phrase(place: str) -> str:
    """The name as it stands after "in": "the South End", "Back Bay"."""
    return f"the {place}" if _WITH_ARTICLE.search(place) and not place.lower().startswith("the ") else place
