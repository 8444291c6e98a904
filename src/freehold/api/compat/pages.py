"""Numbered pages, as the older APIs have them: `{count, next, previous, results}`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from freehold.api.pagination import DEFAULT_PAGE_SIZE, is_plain, page_size
from freehold.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class NumberedPages:
    """`?page=&page_size=`, pages from 1, at most 100 on each. A page that is not there is 404."""

    request: Request
    number: int
    size: int

    @classmethod
    def asked(cls, request: Request) -> Self:
        """Raises NotFound for a page that cannot be, and BadInput for a size that is none."""
        number = request.query_params.get("page", "1")
        if not (is_plain(number) and int(number) > 0):
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


def paged(rows: QuerySet[Any], request: Request, shape: Callable[[Any], Any]) -> Response:
    pages = NumberedPages.asked(request)
    shown = rows[pages.offset : pages.offset + pages.size]
    return pages.answer([shape(row) for row in shown], count=rows.count())
