"""OpenAPI: what all operations share is described once, here."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema as FrameworkSchema
from drf_spectacular.utils import Direction, OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from freehold.api.idempotency import HEADER

_ITEM = inline_serializer(
    "ErrorItem",
    {
        "code": serializers.CharField(help_text="Stable, for programs."),
        "detail": serializers.CharField(help_text="Plain words, for people."),
        "attr": serializers.CharField(allow_null=True, help_text="Dotted path of the input field, if it is one."),
    },
)
_ERROR = inline_serializer(
    "Error",
    {
        "type": serializers.ChoiceField(["validation_error", "client_error", "conflict", "server_error"]),
        "errors": serializers.ListField(child=_ITEM),
    },
)
_REFUSED = OpenApiResponse(
    _ERROR,
    "Refused. 400 bad input, 401 no credentials, 403 not allowed, 404 not there or not yours, 409 the state of "
    "things is against it, 413 too large, 422 Idempotency-Key used for something else, 429 too many (Retry-After).",
    [
        OpenApiExample(
            "Bad input",
            {
                "type": "validation_error",
                "errors": [{"code": "required", "detail": "This field is required.", "attr": "email"}],
            },
        )
    ],
)
_FAULT = OpenApiResponse(_ERROR, "A fault of ours, or something we depend on does not answer (503, Retry-After).")


class StrictFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Describes the strict fields with their bounds."""

    target_class = "freehold.api.serializers.StrictField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: FrameworkSchema, direction: Direction) -> dict[str, Any]:
        facts: dict[str, Any] = self.target.schema()
        return facts


_OLDER = "freehold.api.compat."
_BOOKINGS = {"quotes", "bookings", "payments", "pay-links"}


class AutoSchema(FrameworkSchema):
    """Adds the one error shape to every operation, and the Idempotency-Key header where it is obeyed."""

    def get_tags(self) -> list[str]:
        version, _slash, rest = self.path.removeprefix("/api/").partition("/")
        if version != "v1":
            return list(super().get_tags())
        return ["bookings" if rest.partition("/")[0] in _BOOKINGS else "places"]

    def get_serializer_name(self, serializer: serializers.Serializer[Any], direction: Direction) -> str:
        """The older APIs have shapes of their own for what `/api/v1/` has shapes for: each by the name of its API."""
        name: str = super().get_serializer_name(serializer, direction)
        module = type(serializer).__module__
        if not module.startswith(_OLDER):
            return name
        older = module.removeprefix(_OLDER).partition(".")[0].title()
        return name if name.startswith(older) else f"{older}{name}"

    def get_override_parameters(self) -> list[Any]:
        handler = getattr(self.view, (self.method or "").lower(), None)
        if not getattr(handler, "is_idempotent", False):
            return list(super().get_override_parameters())
        is_required = getattr(handler, "needs_key", False)
        replayed = "The first answer is replayed to a repetition with the same key and body."
        header = OpenApiParameter(
            HEADER,
            str,
            OpenApiParameter.HEADER,
            required=is_required,
            description=f"Required: without it 400. {replayed}" if is_required else f"Optional. {replayed}",
        )
        return [*super().get_override_parameters(), header]

    def _get_response_bodies(self, direction: Direction = "response") -> Any:
        responses = super()._get_response_bodies(direction=direction)
        if direction != "response":
            return responses
        # The older APIs have words of their own for it.
        refused, fault = getattr(self.view, "refusals", (_REFUSED, _FAULT))
        return {
            **responses,
            "4XX": self._get_response_for_code(refused, "4XX"),  # type: ignore[no-untyped-call]
            "5XX": self._get_response_for_code(fault, "5XX"),  # type: ignore[no-untyped-call]
        }
