"""Notes that a browser was seen, now and then."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from freehold.accounts.sessions import note_seen


class DevicesMiddleware:
    """Bearer tokens and token cookies are noted where they are read, in the API's authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        note_seen(request, request.session)
        return response
