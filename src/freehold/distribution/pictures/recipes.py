"""How each demonstration picture is cut from its public-domain original, and what it then shows.

Three photographed rooms have to furnish thousands of places. Each room is therefore graded into a few "looks"
(a rust or a blue bedroom) and cut into several views, so that one place shows one consistent home and two
places rarely show the same. Nothing is enlarged: a view is at most as wide as its cut-out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

WIDTHS = (400, 800, 1600)


class Room(StrEnum):
    """What a picture shows; decides which places may use it."""

    LIVING = "living"
    KITCHEN = "kitchen"
    BEDROOM = "bedroom"
    WINDOW = "window"
    EXTERIOR = "exterior"
    LOBBY = "lobby"
    WATER = "water"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Grade:
    """A change of colour: turn the hue by `hue` degrees, scale saturation and the three channels, lift the
    shadows with `gamma` below 1, stretch the contrast, sharpen by `sharpen` percent.
    """

    hue: int = 0
    saturation: float = 1.0
    channels: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gamma: float = 1.0
    stretch: bool = False
    sharpen: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """One picture. `box` is (left, top, right, bottom) in the original's pixels. Pictures of one `look`
    belong to one home; `alt` is what a person who cannot see it should hear; `is_lead` says that it is good
    enough to come first.
    """

    key: str
    original: str
    box: tuple[int, int, int, int]
    room: Room
    look: str
    alt: str
    grade: Grade = Grade()
    mirrored: bool = False
    is_lead: bool = True


@dataclass(frozen=True, slots=True)
class _Look:
    name: str
    accent: str
    grade: Grade
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class _View:
    name: str
    box: tuple[int, int, int, int]
    alt: str
    is_lead: bool = True


_LIVING = "rooms_pxhere/living_room.jpg"
_LIVING_LOOKS = (
    _Look("pale", "pale", Grade()),
    _Look("warm", "cream", Grade(channels=(1.10, 1.0, 0.90)), mirrored=True),
    _Look("rose", "rose-tinted", Grade(hue=200, saturation=0.9, channels=(1.08, 1.02, 1.0))),
    _Look("grey", "grey", Grade(saturation=0.25, channels=(1.04, 1.0, 0.96)), mirrored=True),
)
_LIVING_VIEWS = (
    _View("whole", (0, 0, 1600, 960), "Living room with a long sofa, an armchair and {accent} walls"),
    _View("sofa", (300, 210, 1230, 830), "Sofa and coffee table under an abstract painting"),
    _View("corner", (0, 300, 930, 920), "Reading corner with an armchair and a tripod lamp"),
    _View("table", (640, 310, 1600, 950), "End of a sofa, a painting of a skyline and a dining table", is_lead=False),
)
_KITCHEN = "rooms_pxhere/kitchen.jpg"
_KITCHEN_LOOKS = (
    _Look("lime", "green", Grade()),
    _Look("soft", "beige", Grade(saturation=0.55), mirrored=True),
    _Look("rose", "pale red", Grade(hue=-18, saturation=0.7)),
    _Look("slate", "slate", Grade(hue=150, saturation=0.28), mirrored=True),
)
_KITCHEN_VIEWS = (
    _View("whole", (0, 0, 1600, 900), "Kitchen with a wooden floor, fitted cupboards and a table for four"),
    _View("table", (700, 100, 1600, 700), "Kitchen table with four chairs beside a window with blinds"),
    _View("counter", (90, 170, 1005, 780), "Kitchen counter with a gas stove, tiled in {accent} mosaic"),
)
_BEDROOM = "rooms_pxhere/bedroom_hotel.jpg"
_BEDROOM_LOOKS = (
    _Look("rust", "rust", Grade()),
    _Look("blue", "blue", Grade(hue=210, saturation=0.8), mirrored=True),
    _Look("teal", "teal", Grade(hue=170, saturation=0.6)),
    _Look("green", "green", Grade(hue=110, saturation=0.42), mirrored=True),
)
_BEDROOM_VIEWS = (
    _View("whole", (0, 0, 1600, 1067), "Bedroom with a double bed, a {accent} cushion and a picture above it"),
    _View("pillows", (120, 370, 1050, 990), "Pillows and a {accent} cushion on a made bed"),
    _View("bedside", (690, 250, 1600, 857), "Bedside lamp, with a wash basin through the open door", is_lead=False),
    _View("headboard", (30, 0, 1050, 680), "Framed line drawing over an upholstered headboard", is_lead=False),
)
_SOFT = Grade(gamma=0.75, stretch=True, sharpen=140)

_SINGLES = (
    Recipe(
        "window-light",
        "rooms_from_polyhaven_hdri/empty_flat_window.jpg",
        (0, 0, 900, 600),
        Room.WINDOW,
        "window",
        "Tall window with thin curtains, sun on a wooden floor",
        _SOFT,
    ),
    Recipe(
        "quay-at-dusk",
        "rooms_from_polyhaven_hdri/waterfront_dusk.jpg",
        (0, 0, 900, 600),
        Room.WATER,
        "quay",
        "Stone quay and open water at dusk",
        Grade(gamma=0.7, stretch=True, sharpen=140),
    ),
    Recipe(
        "meadow",
        "rooms_from_polyhaven_hdri/plot_meadow.jpg",
        (0, 0, 900, 600),
        Room.GREEN,
        "meadow",
        "Wide lawn with trees at its edge under a clear sky",
        Grade(gamma=0.8, stretch=True, sharpen=120),
    ),
    Recipe(
        "lobby-sofas",
        "rooms_from_polyhaven_hdri/lobby_sofas.jpg",
        (30, 0, 900, 580),
        Room.LOBBY,
        "lobby",
        "Lobby with low sofas along a green wall",
        Grade(gamma=0.8, stretch=True, sharpen=120),
    ),
    Recipe(
        "stair-hall",
        "buildings_wordpress/museum.webp",
        (0, 700, 1300, 1567),
        Room.LOBBY,
        "stair-hall",
        "Curved stair in a high concrete hall",
    ),
    Recipe(
        "timber-canopy",
        "buildings_wordpress/angular-roof.webp",
        (0, 1000, 1286, 1857),
        Room.EXTERIOR,
        "timber-canopy",
        "Entrance stairs under a wide timber canopy",
    ),
    Recipe(
        "glass-corner",
        "buildings_wordpress/building-exterior.webp",
        (0, 0, 1125, 703),
        Room.EXTERIOR,
        "glass-corner",
        "Corner of a modern building with a slatted roof against the sky",
    ),
    Recipe(
        "white-facade",
        "buildings_wordpress/windows.webp",
        (0, 0, 1200, 799),
        Room.EXTERIOR,
        "white-facade",
        "White facade with rows of tall shuttered windows",
    ),
    Recipe(
        "folded-facade",
        "buildings_wordpress/abstract-geometric-art.webp",
        (0, 0, 1200, 800),
        Room.EXTERIOR,
        "folded-facade",
        "Facade of folded white panels",
    ),
    Recipe(
        "balconies",
        "buildings_wordpress/hotel-facade.webp",
        (300, 0, 1700, 933),
        Room.EXTERIOR,
        "balconies",
        "High-rise with a balcony on every floor",
        Grade(gamma=0.6),
    ),
)


def all_recipes() -> tuple[Recipe, ...]:
    """Every picture of the set, room by room; keys are unique."""
    return (
        *_views(Room.LIVING, _LIVING, _LIVING_LOOKS, _LIVING_VIEWS),
        *_views(Room.KITCHEN, _KITCHEN, _KITCHEN_LOOKS, _KITCHEN_VIEWS),
        *_views(Room.BEDROOM, _BEDROOM, _BEDROOM_LOOKS, _BEDROOM_VIEWS),
        *_SINGLES,
    )


def _views(room: Room, original: str, looks: tuple[_Look, ...], views: tuple[_View, ...]) -> Iterator[Recipe]:
    for look in looks:
        for view in views:
            yield Recipe(
                key=f"{room}-{look.name}-{view.name}",
                original=original,
                box=view.box,
                room=room,
                look=look.name,
                alt=view.alt.format(accent=look.accent),
                grade=look.grade,
                mirrored=look.mirrored,
                is_lead=view.is_lead,
            )
