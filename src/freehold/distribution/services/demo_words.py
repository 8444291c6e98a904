"""The vocabulary and the pictures that the demonstration's places refer to."""

from freehold.core.actor import Actor
from freehold.distribution.pictures.gallery import PictureStock
from freehold.distribution.services.import_words import define_vocabulary
from freehold.properties.services.register_pictures import StoredPicture, register_pictures


def define_words(*, actor: Actor, stock: PictureStock) -> None:
    """Makes or updates categories, amenities and pictures."""
    define_vocabulary(actor=actor)
    register_pictures(
        actor=actor,
        pictures=[
            StoredPicture(picture.path, picture.width, picture.height, picture.renditions, is_static=True)
            for picture in stock.pictures
        ],
    )
