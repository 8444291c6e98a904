"""A description for a place that came without one: what it is and where, what it has, how a stay works."""

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.packs import City
from freehold.distribution.airbnb.records import ListingRecord
from freehold.distribution.composing.choices import Choices
from freehold.distribution.composing.titles import home_phrase, room_phrase
from freehold.distribution.composing.words import (
    NOUNS,
    bathrooms,
    count,
    join,
    number_word,
    place_phrase,
    sentence_case,
    with_article,
)

_EARTH_RADIUS_KM = 6371.0088
_KM_PER_MILE = 1.609344
_MILE_COUNTRIES = frozenset({"US", "GB", "LR", "MM"})
_MONTH, _WEEK = 28, 7

_KITCHEN = (
    ("oven", "an oven"),
    ("stove", "a stove"),
    ("microwave", "a microwave"),
    ("dishwasher", "a dishwasher"),
    ("coffee_maker", "a coffee maker"),
    ("kettle", "a kettle"),
    ("toaster", "a toaster"),
    ("freezer", "a freezer"),
    ("dining_table", "a dining table"),
)
_COMFORT = (
    ("air_conditioning", "air conditioning"),
    ("fireplace", "a fireplace"),
    ("tv", "a TV"),
    ("sound_system", "a sound system"),
    ("piano", "a piano"),
    ("games", "games"),
    ("books", "books"),
    ("bathtub", "a bathtub"),
    ("blackout_shades", "room-darkening shades"),
)
_OUTSIDE = (
    ("patio", "a patio or balcony"),
    ("garden", "a backyard"),
    ("outdoor_dining", "outdoor seating"),
    ("barbecue", "a barbecue"),
    ("fire_pit", "a fire pit"),
    ("pool", "a pool"),
    ("hot_tub", "a hot tub"),
    ("sauna", "a sauna"),
)
_BUILDING = (
    ("elevator", "an elevator"),
    ("gym", "a gym"),
    ("building_staff", "staff at the entrance"),
    ("ev_charger", "an EV charger"),
)
_VIEWS = (("water_view", "the water"), ("city_view", "the skyline"), ("green_view", "greenery"))


def compose_description(record: ListingRecord, city: City) -> str:
    """Three short paragraphs of plain text, separated by empty lines."""
    choices = Choices(record.source_id)
    paragraphs = (_opening(record, city, choices), _equipment(record, choices), _terms(record))
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def distance_text(record: ListingRecord, city: City) -> str:
    """The great-circle way to the city's centre, in the country's unit, such as "1.2 miles"."""
    km = _great_circle_km(record.latitude, record.longitude, city.centre_latitude, city.centre_longitude)
    in_miles = city.country in _MILE_COUNTRIES
    amount = f"{km / _KM_PER_MILE if in_miles else km:.1f}"
    unit = "mile" if in_miles else "kilometre"
    return f"{amount} {unit}" if amount == "1.0" else f"{amount} {unit}s"


def _great_circle_km(latitude: Decimal, longitude: Decimal, other_latitude: Decimal, other_longitude: Decimal) -> float:
    """Haversine formula on the mean earth radius."""
    phi, other_phi = radians(latitude), radians(other_latitude)
    half_chord = sin((other_phi - phi) / 2) ** 2
    half_chord += cos(phi) * cos(other_phi) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(half_chord))


def _opening(record: ListingRecord, city: City, choices: Choices) -> str:
    where = f"{place_phrase(record.neighbourhood)}, {city.name}" if record.neighbourhood else city.name
    guests = count(record.accommodates, "guest")
    thing = _thing(record)
    way = distance_text(record, city)
    first = choices.one_of(
        "opening",
        [
            f"This {thing} in {where}, sleeps {number_word(record.accommodates)}.",
            f"{with_article(thing)} in {where}, with room for {guests}.",
            f"{with_article(thing)} for up to {guests}, {way} from the centre of {city.name}, in {where}.",
            f"In {where}: {with_article(thing)} for {guests}.",
        ],
    )
    sentences = [sentence_case(first), _rooms(record, choices)]
    if way not in first:
        sentences.append(f"The centre of {city.name} is {way} away.")
    return " ".join(sentences)


def _thing(record: ListingRecord) -> str:
    if record.space is Space.ENTIRE:
        return home_phrase(record)
    if record.space is Space.HOTEL_ROOM:
        return room_phrase(record)
    return f"{room_phrase(record)} in {with_article(NOUNS[record.category])}"


def _rooms(record: ListingRecord, choices: Choices) -> str:
    parts = [count(record.beds, "bed")]
    baths = bathrooms(record.bathrooms)
    if baths and not record.is_bathroom_shared:
        parts.append(baths)
    verb = "is" if parts[0].startswith("one ") else "are"
    sentence = choices.one_of("rooms", [f"There {verb} {join(parts)}.", f"It has {join(parts)}."])
    return f"{sentence} Guests share the bathroom." if record.is_bathroom_shared else sentence


def _equipment(record: ListingRecord, choices: Choices) -> str:
    owned = set(record.amenities)
    sentences: list[str] = []
    kitchen = _phrases(_KITCHEN, owned)
    if "kitchen" in owned and kitchen:
        whose = "The kitchen" if record.space is Space.ENTIRE else "The kitchen that guests use"
        sentences.append(f"{whose} has {join(choices.shuffled('kitchen', kitchen)[:4])}.")
    elif "kitchenette" in owned:
        sentences.append("A kitchenette serves for simple meals.")
    if "workspace" in owned and "wifi" in owned:
        sentences.append(
            choices.one_of(
                "work", ["Wifi and a desk are there for work.", "There is a dedicated workspace, and wifi throughout."]
            )
        )
    elif "wifi" in owned:
        sentences.append("Wifi is included.")
    comfort = _phrases(_COMFORT, owned)
    if comfort:
        sentences.append(f"Inside you also find {join(choices.shuffled('comfort', comfort)[:3])}.")
    outside = _phrases(_OUTSIDE, owned)
    if outside:
        sentences.append(f"Outside there is {join(choices.shuffled('outside', outside)[:3])}.")
    views = _phrases(_VIEWS, owned)
    if views:
        sentences.append(f"Windows look out on {join(views)}.")
    if {"washer", "dryer"} <= owned:
        sentences.append("A washer and a dryer can be used.")
    elif "laundromat_nearby" in owned:
        sentences.append("There is a laundromat nearby.")
    building = _phrases(_BUILDING, owned)
    if building:
        sentences.append(f"The building has {join(building)}.")
    return " ".join(sentences)


def _terms(record: ListingRecord) -> str:
    owned = set(record.amenities)
    sentences: list[str] = []
    if record.min_nights >= _MONTH:
        sentences.append(f"Let by the month: stays begin at {record.min_nights} nights.")
    elif record.min_nights >= _WEEK:
        sentences.append(f"Stays begin at {number_word(record.min_nights)} nights.")
    elif "long_stays" in owned:
        sentences.append("Longer stays are welcome.")
    if "self_check_in" in owned:
        sentences.append("You let yourself in; no appointment is needed.")
    elif "host_greeting" in owned:
        sentences.append("Someone meets you at the door.")
    if "free_parking" in owned:
        sentences.append("Parking on the premises is free.")
    elif "street_parking" in owned:
        sentences.append("Parking in the street is free.")
    elif "paid_parking" in owned:
        sentences.append("Parking can be had for a fee.")
    if "pets_allowed" in owned:
        sentences.append("Pets may come along.")
    if {"crib", "high_chair"} <= owned:
        sentences.append("A crib and a high chair are at hand.")
    if {"smoke_alarm", "carbon_monoxide_alarm"} <= owned:
        sentences.append("Smoke and carbon monoxide alarms are fitted.")
    return " ".join(sentences)


def _phrases(table: tuple[tuple[str, str], ...], owned: set[str]) -> list[str]:
    return [phrase for code, phrase in table if code in owned]
