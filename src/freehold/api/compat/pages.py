"""Numbered pages, as the older APIs have them: `{count, next, previous, results}`."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, page_size


class NumberedPages(PageNumberPagination):
    """`?page=&page_size=`, at most 100 per page. A page that is not there is 404."""

    page_size = DEFAULT_PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("page_size")
        return DEFAULT_PAGE_SIZE if asked is None else page_size(asked)


def paged(rows: QuerySet[Any], request: Request, view: Any, shape: Callable[[Any], Any]) -> Response:
    pages = NumberedPages()
    return pages.get_paginated_response([shape(row) for row in pages.paginate_queryset(rows, request, view=view) or []])
