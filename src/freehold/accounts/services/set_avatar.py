"""A person shows a picture of themself, or no more."""

from typing import BinaryIO
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import ImageOps

from freehold.accounts.models import User
from freehold.core.actor import Actor
from freehold.core.ids import uuid7
from freehold.core.pictures import decode, encode

SIDE = 256
FOLDER = "pictures"


def set_avatar(*, actor: Actor, upload: BinaryIO) -> User:
    """Keeps the middle of the picture as a square. Raises BadInput for what is no picture, AccessDenied for nobody."""
    user_id = actor.own_hand()
    square = ImageOps.fit(decode(upload), (SIDE, SIDE))
    name = f"{uuid7().hex}-{SIDE}.webp"
    default_storage.save(f"{FOLDER}/{name}", ContentFile(encode(square)))
    try:
        return _replace(user_id, name)
    except BaseException:
        default_storage.delete(f"{FOLDER}/{name}")
        raise


def remove_avatar(*, actor: Actor) -> User:
    """Raises AccessDenied for nobody."""
    return _replace(actor.own_hand(), "")


def _replace(user_id: UUID, name: str) -> User:
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        before, user.avatar = user.avatar, name
        user.save(update_fields=["avatar", "updated_at"])
        if before:
            # Only when it is certain that nothing shows it any more.
            transaction.on_commit(lambda: default_storage.delete(f"{FOLDER}/{before}"))
    return user
