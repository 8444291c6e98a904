"""Finding what can be had: `page.search(query)`, over rows that migration 0006 keeps and `rebuild` makes again."""

from freehold.inventory.services.rebuild_search import rebuild_search as rebuild

__all__ = ["rebuild"]
