"""A few addresses that do on purpose what the frame must survive."""

from typing import Any

from django.db import connection, transaction
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import Anyone
from freehold.api.serializers import (
    MoneyField,
    StrictDateField,
    StrictDecimalField,
    StrictInstantField,
    StrictIntegerField,
    StrictSerializer,
    TextField,
)
from freehold.api.views import Endpoint
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.core.models import ClockOffset
from freehold.domain.money import Money, MoneyError


class Input(StrictSerializer):
    number = StrictIntegerField(min_value=1, max_value=50, required=False)
    share = StrictDecimalField(min_value=0, max_value=100, decimal_places=2, required=False)
    day = StrictDateField(required=False)
    moment = StrictInstantField(required=False)
    name = TextField(max_length=10, required=False)
    price = MoneyField(required=False)


class Echo(Endpoint):
    permission_classes = [Anyone]

    def get(self, request: Request) -> Response:
        return Response(self.query(Input))

    def post(self, request: Request) -> Response:
        return Response(self.body(Input))


class Closed(Endpoint):
    def get(self, request: Request) -> Response:
        return Response({})


class Failing(Endpoint):
    permission_classes = [Anyone]

    def get(self, request: Request, kind: str) -> Response:
        match kind:
            case "conflict":
                raise Conflict("Taken.", code="unavailable", extra={"reasons": [{"code": "booked"}]})
            case "unavailable":
                raise TemporarilyUnavailable("The gateway sleeps.", retry_after=7)
            case "money":
                raise MoneyError("unknown_currency", "Unknown currency: 'XXX'.")
            case "bug":
                raise RuntimeError("the secret is hunter2")
            case "statement_timeout":
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = 20")
                    cursor.execute("SELECT pg_sleep(5)")
        raise BadInput(kind)


class Counting(Endpoint):
    """Its effect is a row: the number of times it ran and committed."""

    permission_classes = [Anyone]

    @idempotent()
    def post(self, request: Request) -> Response:
        row, _ = ClockOffset.objects.get_or_create(pk=1)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE core_clockoffset SET offset_by = offset_by + interval '1 second' WHERE id = 1")
        outcome: Any = request.data.get("outcome")
        if outcome == "conflict":
            raise Conflict("Taken.", code="unavailable", extra={"alternatives": []})
        if outcome == "bad":
            raise BadInput("No.")
        if outcome == "down":
            raise TemporarilyUnavailable("Later.")
        row.refresh_from_db()
        return Response({"runs": int(row.offset_by.total_seconds()), "price": Money(100, "USD")}, status=201)


urlpatterns = [
    path("api/sample/echo/", Echo.as_view()),
    path("api/sample/closed/", Closed.as_view()),
    path("api/sample/counting/", Counting.as_view()),
    path("api/sample/<str:kind>/", Failing.as_view()),
    path("", include("freehold.config.urls")),
]
handler400 = "freehold.api.errors.bad_request"
handler500 = "freehold.api.errors.server_error"
