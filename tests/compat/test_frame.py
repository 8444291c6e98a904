"""What the three older APIs share: one spelling of each address, and the words of a refusal."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils.http import urlencode
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from freehold.api.compat.aliases import ALIASES, OLDER, AliasMiddleware, canonical
from freehold.api.compat.errors import PlainErrors
from freehold.api.permissions import Anyone, SignedIn
from freehold.api.views import Endpoint
from freehold.core.errors import AccessDenied, BadInput, Conflict, ErrorItem, NotFound, TooManyRequests
from tests.compat.resort.client import post
from tests.factories import UserFactory
from tests.permissions.matrix import all_routes


@pytest.mark.parametrize(
    ("path", "spelled"),
    [
        ("/auth/login", "/api/auth/login/"),
        ("/auth/login/", "/api/auth/login/"),
        ("/api/auth/login", "/api/auth/login/"),
        ("/auth/token/refresh", "/api/auth/refresh/"),
        ("/api/bookings/create", "/api/bookings/create/"),
        ("/api/bookings/7/cancel", "/api/bookings/7/cancel/"),
        ("/api/stay/listings", "/api/stay/listings/"),
        ("/api/schema", "/api/schema/"),
        # Nobody's but ours, or pages.
        ("/api/v1/bookings", "/api/v1/bookings"),
        ("/auth/password-reset/", "/auth/password-reset/"),
        ("/auth/logins", "/auth/logins"),
        ("/", "/"),
    ],
)
def test_each_address_has_one_spelling(path: str, spelled: str) -> None:
    assert canonical(path) == spelled
    assert canonical(spelled) == spelled


def test_no_spelling_of_the_table_is_an_address_of_its_own() -> None:
    routes = {f"/{route}" for route, _pattern in all_routes()}
    others = {alias for aliases in ALIASES.values() for alias in aliases}
    assert not others & routes
    assert not [route for route in routes if route.startswith(OLDER) and not route.endswith("/")]


def test_a_request_is_answered_at_its_one_spelling_with_its_body_and_query() -> None:
    seen: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    factory = RequestFactory(SCRIPT_NAME="/below")
    AliasMiddleware(answer)(factory.post("/auth/login?next=1", b"{}", content_type="application/json"))
    [request] = seen
    assert (request.path, request.path_info) == ("/below/api/auth/login/", "/api/auth/login/")
    assert (request.body, request.GET.dict()) == (b"{}", {"next": "1"})


@pytest.mark.django_db
def test_nothing_is_redirected(client: Client) -> None:
    """A redirected POST comes without its body."""
    for path in ("/api/bookings/nonsense/create", "/auth/login"):
        assert client.post(path, urlencode({}), content_type="application/json").status_code // 100 == 4


@pytest.mark.django_db
def test_a_front_end_of_a_listed_origin_may_ask_at_every_spelling(client: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]
    asking = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}
    for path in ("/auth/login", "/api/auth/login/"):
        assert client.options(path, headers=asking)["Access-Control-Allow-Origin"] == "http://localhost:3000"


class Refusing(PlainErrors, Endpoint):
    permission_classes = [Anyone]
    schema = None
    error: Exception = NotFound()

    def post(self, request: Request) -> Response:
        raise self.error


def refusal(error: Exception) -> Response:
    answer = Refusing.as_view(error=error)(APIRequestFactory().post("/", {}, format="json"))
    assert isinstance(answer, Response)
    return answer


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (NotFound(), 404, {"detail": NotFound().detail}),
        (AccessDenied("Not you."), 403, {"detail": "Not you."}),
        (Conflict("Taken."), 409, {"detail": "Taken."}),
        (BadInput("Too late.", attr="end_at"), 400, {"end_at": ["Too late."]}),
        (BadInput("Not so."), 400, {"non_field_errors": ["Not so."]}),
        (
            BadInput.of([ErrorItem("a", "No name.", "guests.0.name"), ErrorItem("b", "No.", "guests.1.age")]),
            400,
            {"guests": ["No name.", "No."]},
        ),
        (exceptions.ValidationError("category_id must be an integer."), 400, ["category_id must be an integer."]),
        (exceptions.ValidationError({"email": ["Taken."]}), 400, {"email": ["Taken."]}),
        (exceptions.ParseError("Not JSON."), 400, {"detail": "Not JSON."}),
        (exceptions.MethodNotAllowed("PUT"), 405, {"detail": 'Method "PUT" not allowed.'}),
    ],
)
def test_refusals_have_the_words_and_shapes_that_the_older_clients_read(
    error: Exception, status: int, body: Any
) -> None:
    answer = refusal(error)
    assert (answer.status_code, answer.data) == (status, body)


@pytest.mark.django_db
def test_a_limit_says_when_to_come_back() -> None:
    answer = refusal(TooManyRequests("Slowly.", retry_after=7))
    assert (answer.status_code, answer.headers["Retry-After"], answer.data) == (429, "7", {"detail": "Slowly."})


@pytest.mark.django_db
def test_a_fault_of_ours_says_only_a_reference() -> None:
    answer = refusal(RuntimeError("secret"))
    assert answer.status_code == 500
    assert list(answer.data) == ["detail"]
    assert "secret" not in str(answer.data)


@pytest.mark.django_db
def test_who_is_nobody_is_told_so() -> None:
    class Closed(Refusing):
        permission_classes = [SignedIn]

    answer = Closed.as_view(error=NotFound())(APIRequestFactory().post("/", {}, format="json"))
    assert answer.status_code == 401
    assert list(answer.data) == ["detail"]


def test_every_spelling_of_the_table_leads_to_an_address() -> None:
    routes = {f"/{route}" for route, _pattern in all_routes()}
    assert set(ALIASES) <= routes
    assert [prefix for prefix in OLDER if not any(route.startswith(prefix) for route in routes)] == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/auth/register", "/api/auth/otp/request/", "/api/accounts/token/"])
def test_a_form_is_no_body_of_theirs(path: str) -> None:
    form = "application/x-www-form-urlencoded"
    answer = Client().post(path, "email=a@example.com&phone_number=9999988888", content_type=form)
    assert answer.status_code in (403, 415)
    assert "detail" in str(answer.json())


@pytest.mark.django_db
def test_what_is_wrong_inside_a_list_is_told_by_its_place() -> None:
    said = {"booking_attempt_id": 1, "guests": [{"room_id": 1, "name": "Ann", "age": "x"}]}
    answer = post("booking/add-guests/", said, user=UserFactory())
    assert (answer.status_code, list(answer.json()["guests"])) == (400, ["0"])
    assert Client().get("/api/properties/recommended/").json() == ["category_id query parameter is required."]
