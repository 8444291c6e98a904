"""The pictures of places that were moved, out of the folder that their files lay in: after the move, one by one."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.properties.models import PropertyPicture
from freehold.properties.services.add_picture import add_picture

_LONGEST_FILE = 40 * 1024 * 1024


def move_pictures(
    *, actor: Actor, media: Path, pictures: Sequence[tuple[UUID, str, str]]
) -> tuple[int, list[tuple[str, str]]]:
    """`pictures` are (property, its title, path below `media`); places that have pictures already are left alone.

    Returns how many were taken, and (path, why not) of the others. What lies outside the folder is not looked at.
    """
    taken, refused = 0, []
    by_place: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for property_id, title, path in pictures:
        by_place[property_id].append((title, path))
    have = set(PropertyPicture.objects.filter(property_id__in=by_place).values_list("property_id", flat=True))
    for property_id, shown in by_place.items():
        if property_id in have:
            continue
        for title, path in shown:
            reason = _add(actor, media.resolve(), property_id, title, path)
            taken += not reason
            if reason:
                refused.append((path, reason))
    return taken, refused


def _add(actor: Actor, media: Path, property_id: UUID, title: str, path: str) -> str:
    """Why not; empty when it was added."""
    try:
        found = (media / path.removeprefix("/media/").lstrip("/")).resolve()
        if not found.is_relative_to(media) or not found.is_file():
            return "there is no such file in the media folder"
        if found.stat().st_size > _LONGEST_FILE:
            return "the file is too large"
        with found.open("rb") as stream:
            add_picture(actor=actor, property_id=property_id, upload=stream, alt=title)
    except FreeholdError as refusal:
        return refusal.detail
    except (OSError, ValueError) as error:
        return f"the file cannot be read: {type(error).__name__}"
    return ""
