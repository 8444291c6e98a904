"""Reading a phone number as people write it: E.164 for the table, and the country for rules and costs."""

import re
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from phonenumbers import NumberParseException, PhoneNumberType

from freehold.core.errors import BadInput

MAX_WRITTEN = 32
EXAMPLE = "+1 617 555 0123"
_WRITTEN = re.compile(r"\s*[+\uff0b]?[\d\s().\-/\u2010-\u2015]{4,31}")
# A landline gets no text message, and numbers that cost the caller are how messages are turned into money.
_GETS_TEXTS = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_RANGE_DIGITS = 4


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """`e164` like "+16175550123", `country` as ISO 3166 alpha-2."""

    e164: str
    country: str

    @property
    def range(self) -> str:
        """The ten thousand neighbouring numbers: whoever earns by text messages rents such a range."""
        return self.e164[:-_RANGE_DIGITS]


def read_phone(written: str, *, attr: str = "phone", region: str = "") -> PhoneNumber:
    """The mobile number that somebody wrote.

    Without a country code it is read as one of `region` (ISO 3166 alpha-2), else of the setting `phone_region`. Raises
    BadInput: "invalid_phone" for what is no number, "no_text_messages" for one that gets none, "country_not_served" for
    a country outside `sms_countries`.
    """
    number = _parsed(written, region or settings.ENV.phone_region)
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        like = example_phone(region)
        raise BadInput(f"Write the number with its country code, like {like}.", code="invalid_phone", attr=attr)
    if phonenumbers.number_type(number) not in _GETS_TEXTS:
        raise BadInput("Text messages do not reach this number. Use a mobile one.", code="no_text_messages", attr=attr)
    country = phonenumbers.region_code_for_number(number) or ""
    served = settings.ENV.sms_countries
    if served and country not in served:
        raise BadInput("We send no codes to numbers of this country.", code="country_not_served", attr=attr)
    return PhoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), country)


def phone_for_people(e164: str) -> str:
    """ "+1 617-555-0123", as its country groups the digits."""
    return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def example_phone(region: str = "") -> str:
    """A mobile number as people of that country write theirs, with the code of the country; it is nobody's."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) if region else None
    if number is None:
        return EXAMPLE
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _parsed(written: str, region: str) -> phonenumbers.PhoneNumber | None:
    if not _WRITTEN.fullmatch(written):
        return None
    try:
        return phonenumbers.parse(written, region or None)
    except NumberParseException:
        return None
