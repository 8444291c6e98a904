"""Which pictures a demonstration place shows: one consistent home, led by a room that suits the kind of
place.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from freehold.distribution.airbnb.categories import Space, category_path
from freehold.distribution.airbnb.packs import PACKS_FOLDER
from freehold.distribution.airbnb.records import ListingRecord
from freehold.distribution.composing.choices import Choices
from freehold.distribution.pictures.recipes import Room

INDEX = PACKS_FOLDER / "pictures.json"
_FEWEST, _MOST = 3, 5
_HOME_ROOMS = (Room.LIVING, Room.KITCHEN, Room.BEDROOM)
_BLOCKS_OF_FLATS = frozenset({"apartment", "condo", "loft", "serviced-apartment"})


@dataclass(frozen=True, slots=True)
class StockPicture:
    """One picture of the set; `path` and the renditions are names in the static files."""

    key: str
    path: str
    width: int
    height: int
    renditions: dict[str, str]
    room: Room
    look: str
    alt: str
    is_lead: bool


class PictureStock:
    """The set, by room and look."""

    def __init__(self, pictures: Iterable[StockPicture]) -> None:
        self.pictures = tuple(pictures)
        self._by_room: dict[Room, dict[str, list[StockPicture]]] = {room: {} for room in Room}
        for picture in self.pictures:
            self._by_room[picture.room].setdefault(picture.look, []).append(picture)

    @classmethod
    def load(cls, index: Path = INDEX) -> "PictureStock":
        entries = json.loads(index.read_text("utf-8"))
        return cls(
            StockPicture(
                key=entry["key"],
                path=entry["path"],
                width=entry["width"],
                height=entry["height"],
                renditions=entry["renditions"],
                room=Room(entry["room"]),
                look=entry["look"],
                alt=entry["alt"],
                is_lead=entry["is_lead"],
            )
            for entry in entries
        )

    def choose_gallery(self, record: ListingRecord) -> tuple[StockPicture, ...]:
        """Three to five different pictures in the order in which they are shown."""
        choices = Choices(record.source_id)
        views = {room: self._views(room, choices) for room in Room}
        size = _FEWEST + choices.number("gallery size", _MOST - _FEWEST + 1)
        rooms = _room_order(record, choices)
        chosen: list[StockPicture] = []
        # A first round shows each room once; then second and third views of the rooms the guest rents.
        for room in (*rooms, *_repeats(record, rooms)):
            if len(chosen) == size:
                break
            if views[room]:
                best = next((view for view in views[room] if view.is_lead), None) if not chosen else None
                picture = best or views[room][0]
                views[room].remove(picture)
                chosen.append(picture)
        return tuple(chosen)

    def _views(self, room: Room, choices: Choices) -> list[StockPicture]:
        looks = self._by_room[room]
        if not looks:
            return []
        if room in _HOME_ROOMS:
            look = choices.one_of(f"{room} look", sorted(looks))
            return choices.shuffled(f"{room} views", looks[look])
        return choices.shuffled(f"{room} views", [picture for pictures in looks.values() for picture in pictures])


def _room_order(record: ListingRecord, choices: Choices) -> list[Room]:
    """Rooms of the first round, leading one first. Only what the place can have: no kitchen picture without a
    kitchen.
    """
    owned = set(record.amenities)
    kitchen = [Room.KITCHEN] if owned & {"kitchen", "kitchenette"} else []
    surroundings = list(_surroundings(record, owned, choices))
    path = category_path(record.category)
    if "on-the-water" in path:
        return [Room.WATER, Room.BEDROOM, *kitchen]
    if "hotels" in path or record.space is Space.HOTEL_ROOM:
        lead = [Room.BEDROOM, Room.BEDROOM] if choices.happens("hotel lead", 70) else [Room.EXTERIOR, Room.BEDROOM]
        return [*lead, Room.LOBBY, Room.EXTERIOR, *surroundings]
    # A rented room is about its bed, a whole home about where people sit.
    usual = (
        [Room.BEDROOM] * 3 + [Room.LIVING] if record.space is not Space.ENTIRE else [Room.LIVING] * 3 + [Room.BEDROOM]
    )
    lead_room = choices.one_of("lead", [*usual, Room.LIVING, Room.BEDROOM, *kitchen])
    others = [room for room in (Room.LIVING, Room.BEDROOM, *kitchen) if room is not lead_room]
    return [lead_room, *choices.shuffled("rooms", others), *surroundings]


def _surroundings(record: ListingRecord, owned: set[str], choices: Choices) -> Iterator[Room]:
    if owned & {"water_view", "waterfront"}:
        yield Room.WATER
    if "green_view" in owned:
        yield Room.GREEN
    if record.category in _BLOCKS_OF_FLATS and choices.happens("exterior", 45):
        yield Room.EXTERIOR
    if choices.happens("window", 12):
        yield Room.WINDOW


def _repeats(record: ListingRecord, rooms: Sequence[Room]) -> list[Room]:
    rented = [Room.BEDROOM] if record.space is not Space.ENTIRE else [room for room in rooms if room in _HOME_ROOMS]
    return rented * 3
