"""Take a picture out of a gallery."""

from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.properties.access import permitted
from freehold.properties.models import Picture, Property, PropertyPicture


def remove_picture(*, actor: Actor, property_id: UUID, picture_id: UUID) -> None:
    """Files go when nothing shows them any more and the removal is certain. Raises NotFound."""
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
        shown = PropertyPicture.objects.filter(property=place, picture_id=picture_id).first()
        if shown is None:
            raise NotFound("There is no such picture.")
        shown.delete()
        picture = Picture.objects.get(pk=picture_id)
        if not picture.is_static and not PropertyPicture.objects.filter(picture=picture).exists():
            picture.delete()
            transaction.on_commit(lambda: _delete_files(picture))


def _delete_files(picture: Picture) -> None:
    for path in {picture.path, *picture.renditions.values()}:
        default_storage.delete(path)
