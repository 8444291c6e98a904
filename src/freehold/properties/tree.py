"""The category tree, read in one query and kept until a category changes.

Each process keeps the tree that it read under a stamp: a hash over the versions of all rows of the table, which every
write changes, plain SQL included. The stamp is asked for at most once a second, and at once after a service of this
process changed a category; so no process is more than a second behind, and a request usually asks for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction

STAMP_KEY = "properties.category_stamp"
STAMP_LIFE_SECONDS = 1
_KEPT = 4

# A row version is where it lies and who wrote it: no two writes leave the same.
_STAMP = """
    SELECT concat_ws('-', count(*), sum(hashtextextended(concat_ws(' ', ctid, xmin), 0))) FROM properties_category
"""

# From the roots down. What hangs in a ring hangs below no root: it is not in the answer, and traps nobody.
_TREE = """
    WITH RECURSIVE tree (id, name, slug, path) AS (
        SELECT id, name, slug, ARRAY[id] FROM properties_category WHERE parent_id IS NULL
         UNION ALL
        SELECT child.id, child.name, child.slug, tree.path || child.id
          FROM tree JOIN properties_category AS child ON child.parent_id = tree.id
         WHERE child.id <> ALL (tree.path)
    )
    SELECT id, name, slug, path FROM tree
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A category with its way from the root to itself."""

    name: str
    slug: str
    path: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class CategoryTree:
    """`branches` are the ids at and below each category. `stamp` is another after every change."""

    stamp: str
    nodes: Mapping[UUID, Node]
    branches: Mapping[UUID, frozenset[UUID]]

    def path(self, category_id: UUID) -> tuple[UUID, ...]:
        """From the root to the category. What hangs below no root stands for itself."""
        node = self.nodes.get(category_id)
        return node.path if node is not None else (category_id,)

    def branch(self, category_id: UUID) -> frozenset[UUID]:
        """The category and everything below it."""
        return self.branches.get(category_id, frozenset({category_id}))

    def family(self, category_id: UUID) -> frozenset[UUID]:
        """The branch of the category's parent: its siblings and all below them. A root's is its own."""
        return self.branch(self.path(category_id)[-2:][0])


def category_index() -> CategoryTree:
    """The tree as it is, at most a second late. Usually no query; one for the stamp, one more after a change."""
    if connection.in_atomic_block:
        # What this transaction changed is seen here at once, and shown to nobody else before it is committed.
        return _read_tree(_read_stamp())
    return _read_tree(cache.get_or_set(STAMP_KEY, _read_stamp, STAMP_LIFE_SECONDS))


def categories_changed() -> None:
    """To be called by whoever changed a category: this process asks for the stamp at its next look."""
    transaction.on_commit(lambda: cache.delete(STAMP_KEY))


def _read_stamp() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return str(cursor.fetchone()[0])


@lru_cache(maxsize=_KEPT)
def _read_tree(stamp: str) -> CategoryTree:
    with connection.cursor() as cursor:
        cursor.execute(_TREE)
        nodes = {row[0]: Node(row[1], row[2], tuple(row[3])) for row in cursor.fetchall()}
    branches: dict[UUID, set[UUID]] = {category_id: set() for category_id in nodes}
    for category_id, node in nodes.items():
        for above in node.path:
            branches[above].add(category_id)
    return CategoryTree(stamp, nodes, {category_id: frozenset(below) for category_id, below in branches.items()})
