"""Names for pseudonyms: none of these firms and persons exists, and none stands for the real host."""

from freehold.distribution.composing.choices import Choices

_FIRMS = (
    "Copperlight Stays",
    "Saltbox and Vine",
    "Quarterdeck Residences",
    "Foxglove House Rooms",
    "Lanternwick Apartments",
    "Tidewren Lettings",
    "Alderbrook Stays",
    "Juniper Row Homes",
    "Greywether Suites",
    "Marlowe and Finch Stays",
    "Thistledown Rooms",
    "Halyard Street Homes",
)
EVERYBODY_ELSE = "Neighbourhood Hosts"

_FIRST_NAMES = (
    *("Ada", "Amir", "Ana", "Ben", "Bianca", "Caleb", "Carmen", "Chidi", "Clara", "Daniel", "Deepa", "Diego", "Elena"),
    *("Emeka", "Farah", "Felix", "Grace", "Hana", "Hugo", "Imani", "Ines", "Ivan", "Jade", "Jonas", "Kai", "Keiko"),
    *("Leila", "Liam", "Lucia", "Malik", "Marta", "Mei", "Milan", "Nadia", "Noah", "Nora", "Olga", "Omar", "Paula"),
    *("Priya", "Rafael", "Rosa", "Samir", "Sara", "Sofia", "Tariq", "Tess", "Tomas", "Uma", "Vera", "Wren", "Yusuf"),
)
FIRMS_AVAILABLE = len(_FIRMS)


def firm_name(rank: int) -> str:
    """The name of the firm that stands for the host of that rank by size, from 0."""
    return _FIRMS[rank]


def host_first_name(host_id: str) -> str:
    """A first name for a host's pseudonym; several hosts share one."""
    return Choices(host_id).one_of("first name", _FIRST_NAMES)
