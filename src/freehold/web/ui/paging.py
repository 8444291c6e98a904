"""Long lists on pages of the site: the page that the address names, and the numbers below it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest


def page_of[Row: Model](request: HttpRequest, rows: QuerySet[Row], *, size: int) -> Page[Row]:
    """`?page=`: the first when there is none, the last when it is beyond the end."""
    return Paginator(rows, size).get_page(request.GET.get("page"))


def numbered(page: Page[Any]) -> dict[str, Any]:
    """What `pagination.html` shows."""
    return {"page": page, "pages": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)}
