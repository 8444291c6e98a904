"""What all addresses of the estate API share."""

from rest_framework import serializers

from freehold.api.compat.errors import PlainErrors
from freehold.api.permissions import Anyone, SignedIn
from freehold.api.views import Endpoint
from freehold.core.errors import FreeholdError

NON_FIELD = "non_field_errors"


class EstateEndpoint(PlainErrors, Endpoint):
    """For whoever is signed in."""

    permission_classes = [SignedIn]


class PublicEndpoint(EstateEndpoint):
    permission_classes = [Anyone]


class OpenEndpoint(PublicEndpoint):
    """For callers who have no tokens yet, or dead ones: what they send along is not looked at."""

    authentication_classes = []


def refused(text: str, field: str = NON_FIELD) -> serializers.ValidationError:
    """400, as the older API words it."""
    return serializers.ValidationError({field: [text]})


def in_old_fields(refusal: FreeholdError) -> serializers.ValidationError:
    """The same as 400: what is wrong with an item is wrong with what was asked for."""
    found: dict[str, list[str]] = {}
    for item in refusal.errors:
        field = (item.attr or NON_FIELD).partition(".")[0]
        found.setdefault(NON_FIELD if field == "items" else field, []).append(item.detail)
    return serializers.ValidationError(found)
