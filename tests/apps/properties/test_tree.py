"""The category tree: one recursive query, kept until a category changes, and safe from rings."""

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from freehold.core.actor import Actor
from freehold.properties.models import Category
from freehold.properties.services.define_vocabulary import CategoryWord, define_categories
from freehold.properties.services.move_category import move_category
from freehold.properties.tree import STAMP_KEY, category_index
from tests.factories import CategoryFactory

SYSTEM = Actor.system("test")


class Homes:
    """Homes > Apartments > (Loft, Condo), and Boats beside it."""

    def __init__(self) -> None:
        self.root = CategoryFactory(name="Homes")
        self.flats = CategoryFactory(name="Apartments", parent=self.root)
        self.loft = CategoryFactory(name="Loft", parent=self.flats)
        self.condo = CategoryFactory(name="Condo", parent=self.flats)
        self.boats = CategoryFactory(name="Boats")


@pytest.mark.django_db
class TestShape:
    def test_paths_go_down_and_branches_hold_all_below(self) -> None:
        homes = Homes()
        tree = category_index()
        assert tree.path(homes.loft.pk) == (homes.root.pk, homes.flats.pk, homes.loft.pk)
        assert tree.branch(homes.flats.pk) == {homes.flats.pk, homes.loft.pk, homes.condo.pk}
        assert tree.branch(homes.loft.pk) == {homes.loft.pk}
        assert tree.nodes[homes.loft.pk].name == "Loft"

    def test_the_family_is_what_hangs_below_the_same_parent(self) -> None:
        homes = Homes()
        tree = category_index()
        assert tree.family(homes.loft.pk) == {homes.flats.pk, homes.loft.pk, homes.condo.pk}
        assert tree.family(homes.flats.pk) == tree.branch(homes.root.pk)
        assert tree.family(homes.boats.pk) == {homes.boats.pk}

    def test_a_ring_traps_nobody(self) -> None:
        homes = Homes()
        # Services refuse to make one; plain SQL does not.
        Category.objects.filter(pk=homes.flats.pk).update(parent=homes.loft)
        tree = category_index()
        assert homes.loft.pk not in tree.nodes
        assert tree.path(homes.loft.pk) == (homes.loft.pk,)
        assert tree.branch(homes.loft.pk) == tree.family(homes.loft.pk) == {homes.loft.pk}
        assert tree.branch(homes.root.pk) == {homes.root.pk}

    def test_a_thousand_categories_are_one_query(self, django_assert_num_queries: Any) -> None:
        tops = CategoryFactory.create_batch(10)
        Category.objects.bulk_create(
            Category(name=f"Kind {number}", slug=f"kind-{number}", parent=tops[number % 10]) for number in range(990)
        )
        with django_assert_num_queries(2):
            tree = category_index()
        assert len(tree.nodes) == 1000
        assert len(tree.branch(tops[0].pk)) == 100

    def test_no_categories_are_an_empty_tree(self) -> None:
        assert category_index().nodes == {}

    def test_a_change_is_seen_at_once_where_it_was_made(self) -> None:
        homes = Homes()
        assert homes.loft.pk in category_index().branch(homes.root.pk)
        move_category(actor=SYSTEM, category_id=homes.flats.pk, parent_id=homes.boats.pk)
        assert homes.loft.pk in category_index().branch(homes.boats.pk)
        # Twice in one transaction: the second write is another version too.
        move_category(actor=SYSTEM, category_id=homes.flats.pk, parent_id=None)
        assert category_index().path(homes.loft.pk) == (homes.flats.pk, homes.loft.pk)


@pytest.mark.django_db(transaction=True)
class TestKeeping:
    def test_a_tree_that_is_known_costs_nothing(self, django_assert_num_queries: Any) -> None:
        homes = Homes()
        known = category_index()
        with django_assert_num_queries(0):
            assert category_index() is known
        cache.delete(STAMP_KEY)  # a second later
        with django_assert_num_queries(1):
            assert category_index() is known
        assert homes.loft.pk in known.nodes

    @pytest.mark.parametrize("service", ["move", "define"])
    def test_a_service_that_changes_a_category_drops_the_tree(self, service: str) -> None:
        homes = Homes()
        before = category_index()
        if service == "move":
            move_category(actor=SYSTEM, category_id=homes.loft.pk, parent_id=homes.boats.pk)
        else:
            define_categories(actor=SYSTEM, words=[CategoryWord(homes.loft.slug, "Attic")])
        after = category_index()
        assert after.stamp != before.stamp
        assert after.path(homes.loft.pk) != before.path(homes.loft.pk)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE properties_category SET name = 'Attic' WHERE name = 'Loft'",
            "DELETE FROM properties_category WHERE name = 'Loft'",
            "UPDATE properties_category SET parent_id = NULL WHERE name = 'Loft'",
        ],
    )
    def test_another_process_notices_every_write_within_a_second(self, statement: str) -> None:
        homes = Homes()
        before = category_index()
        with connection.cursor() as cursor:
            cursor.execute(statement)
        cache.delete(STAMP_KEY)  # a second later
        after = category_index()
        assert after.stamp != before.stamp
        assert after.nodes.get(homes.loft.pk) != before.nodes[homes.loft.pk]

    def test_what_is_rolled_back_was_shown_to_nobody(self) -> None:
        homes = Homes()
        before = category_index()
        with transaction.atomic():
            move_category(actor=SYSTEM, category_id=homes.loft.pk, parent_id=homes.boats.pk)
            assert category_index().path(homes.loft.pk) == (homes.boats.pk, homes.loft.pk)
            transaction.set_rollback(True)
        assert category_index() is before
