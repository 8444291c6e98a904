"""The vocabulary and the pictures that the demonstration's places refer to."""

from freehold.core.actor import Actor
from freehold.distribution.airbnb.amenities import AMENITIES, GROUPS
from freehold.distribution.airbnb.categories import CATEGORIES
from freehold.distribution.pictures.gallery import PictureStock
from freehold.properties.services.define_vocabulary import (
    AmenityWord,
    CategoryWord,
    define_amenities,
    define_categories,
)
from freehold.properties.services.register_pictures import StoredPicture, register_pictures


def define_words(*, actor: Actor, stock: PictureStock) -> None:
    """Makes or updates categories, amenities and pictures."""
    groups = {group.code: group.label for group in GROUPS}
    define_categories(actor=actor, words=[CategoryWord(node.slug, node.label, node.parent) for node in CATEGORIES])
    define_amenities(
        actor=actor,
        words=[AmenityWord(item.code, item.label, groups[item.group], item.icon) for item in AMENITIES],
    )
    register_pictures(
        actor=actor,
        pictures=[
            StoredPicture(picture.path, picture.width, picture.height, picture.renditions, is_static=True)
            for picture in stock.pictures
        ],
    )
