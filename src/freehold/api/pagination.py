"""Cursor pages: stable while rows come and go, and never an expensive offset."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination as FrameworkPagination
from rest_framework.request import Request

from freehold.core.errors import BadInput

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


class CursorPagination(FrameworkPagination):
    """`?cursor=&page_size=`, at most 100 per page. Ids are time-ordered: newest first unless a view orders."""

    page_size = DEFAULT_PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE
    ordering = "-id"

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("page_size")
        if asked is None:
            return self.page_size
        return page_size(asked)

    def decode_cursor(self, request: Request) -> Any:
        try:
            return super().decode_cursor(request)
        except NotFound:
            raise BadInput("This cursor does not come from us.", code="invalid_cursor", attr="cursor") from None


def page_size(asked: str) -> int:
    """A page size in plain digits; more than the cap gets the cap. Raises BadInput for anything else."""
    if not (is_plain(asked) and int(asked) > 0):
        raise BadInput("A page size is a positive whole number.", code="invalid", attr="page_size")
    return min(int(asked), MAX_PAGE_SIZE)


def is_plain(digits: str) -> bool:
    """A number that means the same everywhere, and is not too long to be one."""
    return digits.isascii() and digits.isdigit() and len(digits) < 10
