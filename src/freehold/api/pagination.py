"""Pages. By cursor: stable while rows come and go, and never an expensive offset. By number for the older APIs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from rest_framework import exceptions
from rest_framework.pagination import CursorPagination as FrameworkPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from freehold.core.errors import BadInput, NotFound

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class NumberedPages:
    """`?page=&page_size=`, from 1, as the older APIs count: `{count, next, previous, results}`."""

    request: Request
    number: int
    size: int

    @classmethod
    def asked(cls, request: Request) -> Self:
        """Raises NotFound for a page that cannot be, and BadInput for a size that is none."""
        number = request.query_params.get("page", "1")
        if not (_is_plain(number) and int(number) > 0):
            raise NotFound("There is no such page.", code="invalid_page")
        size = request.query_params.get("page_size")
        return cls(request, int(number), DEFAULT_PAGE_SIZE if size is None else page_size(size))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def answer(self, results: Sequence[Any], *, count: int) -> Response:
        """`results` are those from `offset` on, at most `size`. Raises NotFound for a page after the last one."""
        if self.number > 1 and self.offset >= count:
            raise NotFound("There is no such page.", code="invalid_page")
        has_more = self.offset + self.size < count
        return Response(
            {
                "count": count,
                "next": self._address_of(self.number + 1) if has_more else None,
                "previous": self._address_of(self.number - 1) if self.number > 1 else None,
                "results": results,
            }
        )

    def _address_of(self, number: int) -> str:
        return str(replace_query_param(self.request.build_absolute_uri(), "page", number))


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
        except exceptions.NotFound:
            raise BadInput("This cursor does not come from us.", code="invalid_cursor", attr="cursor") from None


def page_size(asked: str) -> int:
    """A page size in plain digits; more than the cap gets the cap. Raises BadInput for anything else."""
    if not (_is_plain(asked) and int(asked) > 0):
        raise BadInput("A page size is a positive whole number.", code="invalid", attr="page_size")
    return min(int(asked), MAX_PAGE_SIZE)


def _is_plain(digits: str) -> bool:
    """A number that means the same everywhere, and is not too long to be one."""
    return digits.isascii() and digits.isdigit() and len(digits) < 10
