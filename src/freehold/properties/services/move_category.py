"""Hang a category below another one."""

from uuid import UUID

from django.db import transaction

from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, NotFound
from freehold.properties.models import Category
from freehold.properties.selectors import category_trail
from freehold.properties.tree import categories_changed


def move_category(*, actor: Actor, category_id: UUID, parent_id: UUID | None) -> Category:
    """The tree is shared by all companies: only the platform's administrators and the system change it.

    Raises AccessDenied, NotFound, and BadInput `category_cycle` when the new parent lies below the category.
    """
    if not (actor.is_system or (actor.user is not None and actor.user.is_superuser)):
        raise AccessDenied("Categories belong to the platform.")
    with transaction.atomic():
        # Two moves at once could make a ring that neither of them sees.
        categories = {category.pk: category for category in Category.objects.select_for_update().order_by("pk")}
        category = categories.get(category_id)
        if category is None or (parent_id is not None and parent_id not in categories):
            raise NotFound("There is no such category.")
        if parent_id is not None and category in category_trail(category_id=parent_id):
            raise BadInput("A category cannot hang below itself.", code="category_cycle", attr="parent_id")
        category.parent_id = parent_id
        category.save(update_fields=["parent", "updated_at"])
        categories_changed()
    return category
