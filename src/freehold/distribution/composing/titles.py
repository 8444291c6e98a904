"""A title for a place that came without one."""

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.records import ListingRecord
from freehold.distribution.composing.choices import Choices
from freehold.distribution.composing.features import supported_adjectives, telling_features
from freehold.distribution.composing.words import (
    NOUNS,
    STUDIO_NOUNS,
    number_word,
    place_phrase,
    sentence_case,
    with_article,
)

_HOTELS = frozenset({"hotel", "boutique-hotel", "aparthotel", "resort"})


def compose_title(record: ListingRecord, city: str) -> str:
    """At most about 80 characters, such as "Pet-friendly two-bedroom apartment in Back Bay"."""
    choices = Choices(record.source_id)
    place = record.neighbourhood or city
    match record.space:
        case Space.ENTIRE:
            options = _entire_titles(record, place, choices)
        case Space.HOTEL_ROOM:
            options = _hotel_titles(record, place, choices)
        case Space.SHARED_ROOM:
            options = _shared_titles(record, place)
        case _:
            options = _private_titles(record, place, choices)
    return sentence_case(choices.one_of("title", options))


def home_phrase(record: ListingRecord) -> str:
    """The whole place as a noun with its size: "two-bedroom condo", "studio", "houseboat"."""
    if record.bedrooms == 0:
        return STUDIO_NOUNS.get(record.category, NOUNS[record.category])
    return f"{number_word(record.bedrooms)}-bedroom {NOUNS[record.category]}"


def room_phrase(record: ListingRecord) -> str:
    """A rented room as a noun: "boutique hotel room", "private room"."""
    if record.space is Space.SHARED_ROOM:
        return "shared room"
    if record.space is Space.HOTEL_ROOM or record.category in _HOTELS:
        return f"{NOUNS[record.category]} {'suite' if record.bedrooms > 1 else 'room'}"
    return "private room"


def _entire_titles(record: ListingRecord, place: str, choices: Choices) -> list[str]:
    home, there, guests = home_phrase(record), place_phrase(place), number_word(record.accommodates)
    options = [f"{home} in {there} for {guests}", f"{place} {home} for {guests}"]
    features = telling_features(record)
    adjectives = supported_adjectives(record)
    if features:
        feature = choices.one_of("feature", features)
        options += [f"{home} with {feature} in {there}", f"{place} {home} with {feature}"]
    if adjectives:
        adjective = choices.one_of("adjective", adjectives)
        options += [f"{adjective} {home} in {there}", f"{adjective} {home} for {guests}, {place}"]
        if features:
            options.append(f"{adjective} {home} with {choices.one_of('feature', features)}, {place}")
    return options


def _hotel_titles(record: ListingRecord, place: str, choices: Choices) -> list[str]:
    room, there, guests = room_phrase(record), place_phrase(place), number_word(record.accommodates)
    options = [f"{room} for {guests} in {there}", f"{place} {room} for {guests}"]
    if record.bedrooms > 1:
        options = [f"{number_word(record.bedrooms)}-bedroom {option}" for option in options[:1]]
    features = telling_features(record)
    if features:
        feature = choices.one_of("feature", features)
        options += [f"{room} with {feature} in {there}", f"{place} {room} with {feature}"]
    return options


def _private_titles(record: ListingRecord, place: str, choices: Choices) -> list[str]:
    noun, there, guests = NOUNS[record.category], place_phrase(place), number_word(record.accommodates)
    options = [
        f"private room in {with_article(noun)} in {there}",
        f"room for {guests} in {with_article(f'{place} {noun}')}",
    ]
    if not record.is_bathroom_shared and record.bathrooms >= 1:
        options.append(f"room and bath in {with_article(noun)}, {place}")
    # Rooms are many and alike: what tells them apart is said more often than not.
    for feature in telling_features(record):
        options += [f"private room with {feature} in {there}", f"{place} room for {guests} with {feature}"]
    for adjective in supported_adjectives(record):
        options += [f"{adjective} room in {with_article(noun)}, {place}", f"{adjective} room for {guests} in {there}"]
    return options


def _shared_titles(record: ListingRecord, place: str) -> list[str]:
    noun, there = NOUNS[record.category], place_phrase(place)
    return [
        f"shared room in {with_article(noun)} in {there}",
        f"bed in a shared room, {place}",
        f"shared room in {there}",
    ]
