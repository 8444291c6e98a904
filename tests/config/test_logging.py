"""What logs may not say."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, connection, transaction

from freehold.accounts.models import User
from freehold.config.logging import REDACTED, drop_personal_data, drop_query_strings, logging_settings


def clean(**event: Any) -> dict[str, Any]:
    return dict(drop_personal_data(logging.getLogger(), "info", event))


@pytest.mark.parametrize("key", ["password", "access_token", "Authorization", "guest_email", "phone", "api_key"])
def test_values_of_telling_keys_are_redacted(key: str) -> None:
    assert clean(**{key: "value"}) == {key: REDACTED}


@pytest.mark.parametrize(
    "text",
    [
        "sent to jane.doe@example.com",
        "call +1 617 555 0123 now",
        "header Bearer abc.def.ghi",
        "{'heard_phone': '254716175550'}",
        "from 8801617555012 or 0161755501, dialled 01617555012",
        "key sk_test_abc6174 and whsec_abc6174",
        "client_secret=pi_3abc_secret_abc617",
        "POST /api/v1/paymentcallback/abc617/?about=payment&code=abc",
    ],
)
def test_personal_data_inside_texts_is_redacted(text: str) -> None:
    (cleaned,) = clean(event=text).values()

    assert REDACTED in cleaned
    assert not any(secret in cleaned for secret in ("jane", "617", "abc"))


def test_numbers_that_are_no_telephones_stay() -> None:
    text = "0190c2a4-0000-7000-8000-254712345678a took 1795217372 of 54000, ws_CO_20112026150001, page 254712"

    assert clean(event=text) == {"event": text}


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


@pytest.mark.django_db
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_refusal_of_the_database_is_logged_without_the_row(log_format: str) -> None:
    row = {"password": "argon2$of-somebody\n\nwith lines", "first_name": "Jane"}
    try:
        with transaction.atomic():
            User(**row).save(force_insert=True)
    except IntegrityError as error:
        found = error
    assert "of-somebody" in str(found)
    described = logging_settings(log_format=log_format, level="INFO")["formatters"]["structured"]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=described["foreign_pre_chain"], processors=described["processors"]
    )
    exc_info = (type(found), found, found.__traceback__)
    record = logging.LogRecord("freehold", logging.ERROR, "", 0, "failed", None, exc_info)
    line = formatter.format(record)
    assert "accounts_user_has_identifier" in line
    assert "The above exception was the direct cause" in line
    assert not any(secret in line for secret in ("of-somebody", "with lines", "Jane"))


def test_an_exception_as_a_value_is_cleaned_like_its_text() -> None:
    error = ValueError("refused\nDETAIL:  Failing row contains (argon2$x).\nHINT:  none")
    assert clean(error=error) == {"error": f"refused\nDETAIL: {REDACTED}\nHINT:  none"}


@pytest.mark.django_db
def test_the_embedded_database_writes_no_rows_into_its_own_log() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW log_error_verbosity")
        assert cursor.fetchone() == ("terse",)
