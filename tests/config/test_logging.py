"""What logs may not say."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from freehold.config.logging import REDACTED, drop_personal_data, drop_query_strings


def clean(**event: Any) -> dict[str, Any]:
    return dict(drop_personal_data(logging.getLogger(), "info", event))


@pytest.mark.parametrize("key", ["password", "access_token", "Authorization", "guest_email", "phone", "api_key"])
def test_values_of_telling_keys_are_redacted(key: str) -> None:
    assert clean(**{key: "value"}) == {key: REDACTED}


@pytest.mark.parametrize(
    "text",
    ["sent to jane.doe@example.com", "call +1 617 555 0123 now", "header Bearer abc.def.ghi"],
)
def test_personal_data_inside_texts_is_redacted(text: str) -> None:
    (cleaned,) = clean(event=text).values()

    assert REDACTED in cleaned
    assert not any(secret in cleaned for secret in ("jane", "617", "abc"))


def test_nested_values_are_cleaned() -> None:
    assert clean(context={"guest": {"email": "a@b.example"}, "ids": ["x@y.example", 7]}) == {
        "context": {"guest": {"email": REDACTED}, "ids": [REDACTED, 7]}
    }


def test_ids_and_flags_stay() -> None:
    event = {"booking_id": "0190c2a4-0000-7000-8000-000000000000", "email_sent": True, "attempt": 3}

    assert clean(**event) == event


def test_query_strings_are_dropped() -> None:
    event = drop_query_strings(logging.getLogger(), "info", {"request": "GET /reset/?token=abc"})

    assert event["request"] == "GET /reset/"
