"""What the stays API takes and gives. Unknown fields are left aside, as its clients are used to: they send back what
they were shown. What is known is read as strictly as everywhere.
"""

from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale
from rest_framework import serializers

from freehold.api.serializers import (
    StrictDateField,
    StrictDecimalField,
    StrictIntegerField,
    StrictSerializer,
    TextField,
)
from freehold.api.v1.auth import PasswordField
from freehold.core.serials import LARGEST_SERIAL
from freehold.domain.party import MAX_ADULTS
from freehold.domain.periods import MAX_NIGHTS

MAX_PRICE = Decimal(10**9)
# What the list of names has beside countries.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
STATUSES = ("pending", "confirmed", "completed", "cancelled", "expired", "no_show")
PAYMENT_TERMS = (("online", "Online"), ("deposit", "Deposit"), ("at_property", "At Property"))


class NumberField(StrictDecimalField):
    """A decimal as a string or as a JSON number, which is read as it was written."""

    def to_internal_value(self, data: Any) -> Decimal:
        return super().to_internal_value(repr(data) if isinstance(data, float) else data)


class DegreesField(NumberField):
    """Degrees, as exact as anybody needs: front ends send back what they computed with."""

    def __init__(self, *, bound: int, **options: Any) -> None:
        super().__init__(
            min_value=-bound, max_value=bound, decimal_places=9, required=False, allow_null=True, **options
        )

    def to_internal_value(self, data: Any) -> Decimal:
        return super().to_internal_value(format(data, ".9f") if isinstance(data, float) else data)


class CountryField(TextField):
    """A country by its two letters of ISO 3166 or by its English name; read as the letters."""

    default_error_messages = {"unknown_country": "There is no such country: give its two letters, for example US."}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, **options)

    def to_internal_value(self, data: Any) -> str:
        words = super().to_internal_value(data)
        code = words.upper() if len(words) == 2 else _codes().get(words.casefold(), "")
        if code not in _codes().values():
            self.fail("unknown_country")
        return code


class _Input(serializers.Serializer[Any]):
    """Reads a body. The framework's own serializers leave aside what they do not know."""


# --- accounts ---


class StaysRegistrationInput(_Input):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    first_name = TextField(max_length=100, required=False, allow_blank=True)
    last_name = TextField(max_length=100, required=False, allow_blank=True)


class StaysCredentialsInput(_Input):
    email = serializers.EmailField(max_length=254)
    password = PasswordField()


class StaysSpokenOutput(StrictSerializer):
    detail = serializers.CharField(help_text="For people.")


class StaysRegisteredOutput(StaysSpokenOutput):
    email = serializers.EmailField()
    first_name = serializers.CharField()
    last_name = serializers.CharField()


class StaysPersonOutput(StrictSerializer):
    id = serializers.IntegerField()
    email = serializers.EmailField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    is_staff = serializers.BooleanField(help_text="Whether this person may write listings.")


class StaysSignedInOutput(StaysSpokenOutput):
    user = StaysPersonOutput()


# --- listings ---


class StaysListingsQuery(_Input):
    check_in = StrictDateField(required=False)
    check_out = StrictDateField(required=False)


class StaysListingInput(_Input):
    title = TextField(max_length=200)
    description = TextField(max_length=10_000, required=False, allow_blank=True)
    address = TextField(max_length=200, required=False, allow_blank=True)
    city = TextField(max_length=120)
    state = TextField(max_length=120, required=False, allow_blank=True)
    country = CountryField(help_text="Two letters (ISO 3166), or the English name.")
    postal_code = TextField(max_length=20, required=False, allow_blank=True)
    latitude = DegreesField(bound=90, help_text="Needed in a city that is new here.")
    longitude = DegreesField(bound=180)
    price_per_night = NumberField(min_value=0, max_value=MAX_PRICE, decimal_places=4)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="The company's when left out.")
    max_guests = StrictIntegerField(min_value=1, max_value=1000)
    bedrooms = StrictIntegerField(min_value=0, max_value=500, required=False)
    beds = StrictIntegerField(min_value=0, max_value=1000, required=False)
    bathrooms = NumberField(min_value=0, max_value=500, decimal_places=1, required=False)
    amenities = serializers.ListField(
        child=TextField(max_length=60), max_length=200, required=False, help_text="Codes, as in answers."
    )
    category = TextField(max_length=120, required=False, help_text="A slug of /api/v1/categories/.")
    payment_terms = serializers.ChoiceField(PAYMENT_TERMS, required=False, help_text="at_property when left out.")
    company = TextField(
        max_length=80, required=False, allow_blank=True, help_text="A company's slug, for who administers several."
    )


class StaysImageOutput(StrictSerializer):
    image = serializers.URLField(help_text="Absolute.")
    caption = serializers.CharField(allow_blank=True)


class StaysListingOutput(StrictSerializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    city = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
    country = serializers.CharField(help_text="Two letters, ISO 3166.")
    postal_code = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField()
    longitude = serializers.FloatField()
    price_per_night = serializers.CharField(help_text="A decimal string in `currency`, before fees and taxes.")
    currency = serializers.CharField()
    max_guests = serializers.IntegerField()
    bedrooms = serializers.IntegerField()
    beds = serializers.IntegerField()
    bathrooms = serializers.CharField(help_text="A decimal string: halves are counted.")
    amenities = serializers.ListField(child=serializers.CharField())
    category = serializers.CharField()
    payment_terms = serializers.ChoiceField(PAYMENT_TERMS)
    check_in_time = serializers.CharField()
    check_out_time = serializers.CharField()
    host = serializers.CharField()
    company = serializers.CharField()
    images = StaysImageOutput(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


# --- bookings ---


class StaysBookingInput(_Input):
    listing = StrictIntegerField(min_value=1, max_value=LARGEST_SERIAL)
    check_in = StrictDateField()
    check_out = StrictDateField()
    guests = StrictIntegerField(min_value=1, max_value=MAX_ADULTS, default=1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not 0 < (attrs["check_out"] - attrs["check_in"]).days <= MAX_NIGHTS:
            raise serializers.ValidationError({"check_out": f"The departure is 1 to {MAX_NIGHTS} days after arrival."})
        return attrs


class StaysBookingOutput(StrictSerializer):
    id = serializers.IntegerField()
    reference = serializers.CharField(help_text="What people read to each other.")
    listing = serializers.IntegerField()
    listing_title = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    check_in = serializers.DateField()
    check_out = serializers.DateField(allow_null=True)
    nights = serializers.IntegerField(allow_null=True)
    guests = serializers.IntegerField()
    status = serializers.ChoiceField(STATUSES)
    total_price = serializers.CharField(help_text="A decimal string in `currency`, with fees and taxes.")
    amount_due = serializers.CharField(help_text="What must be paid now; 0.00 when nothing must.")
    currency = serializers.CharField()
    payment_url = serializers.URLField(allow_null=True, help_text="Where it is paid, while it waits for that.")
    expires_at = serializers.DateTimeField(allow_null=True, help_text="Until when a pending booking is held.")
    created_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)


def page_of(output: type[serializers.Serializer[Any]]) -> Any:
    """One numbered page of these, for the schema."""
    name = f"{output.__name__.removesuffix('Output')}Page"
    fields = {
        "count": serializers.IntegerField(help_text="Of all pages."),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": output(many=True),
    }
    return type(f"{name}Output", (StrictSerializer,), fields)


@cache
def _codes() -> dict[str, str]:
    """English names of countries, without case, and their two letters."""
    territories = Locale("en").territories.items()
    names = {name.casefold(): code for code, name in territories if len(code) == 2 and code not in _NO_COUNTRIES}
    return {**names, "usa": "US", "united states of america": "US", "uk": "GB"}
