"""Whoever writes an app sees of each operation about identity what it takes and what it gives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

TAGS = {"auth", "me", "companies", "administration"}
# A file has no words.
NO_TEXT = ("multipart/form-data", "application/octet-stream")


@cache
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def identity_operations() -> Iterator[dict[str, Any]]:
    for path, methods in schema()["paths"].items():
        for operation in methods.values():
            if TAGS.intersection(operation.get("tags", [])) or "/api-key" in path:
                yield operation


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is sent, and what is answered when it went well, each with its schema and examples."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind not in NO_TEXT:
            yield "request", content
    for status, response in operation["responses"].items():
        if not status.endswith("XX"):
            yield from ((f"response {status}", content) for content in response.get("content", {}).values())


def test_the_families_are_there() -> None:
    names = {operation["operationId"] for operation in identity_operations()}
    assert len(names) > 50
    assert {"sign_out", "end_device", "cookie_sign_in", "sign_in_by_code", "add_passkey", "social_sign_in"} <= names


def test_each_operation_shows_what_it_takes_and_what_it_gives() -> None:
    missing = [
        f"{operation['operationId']}: {what}"
        for operation in identity_operations()
        for what, content in contents(operation)
        if not content.get("examples")
    ]
    assert not missing, "Give them examples (api/v1/examples.py):\n" + "\n".join(missing)


def test_each_operation_says_in_words_what_it_does_and_what_an_empty_answer_means() -> None:
    for operation in identity_operations():
        assert operation.get("description"), operation["operationId"]
        for status, response in operation["responses"].items():
            assert response["description"] or response.get("content"), f"{operation['operationId']} {status}"


def test_each_example_is_what_the_serializer_would_take_or_give() -> None:
    for operation in identity_operations():
        for what, content in contents(operation):
            for name, example in content["examples"].items():
                problems = list(misfits(example["value"], content["schema"]))
                assert not problems, f"{operation['operationId']}, {what}, {name}: {problems}"


@pytest.mark.parametrize("value", [{"email": 5}, {"nonsense": "x"}, {}, "x"])
def test_an_example_that_fits_nothing_would_be_found(value: Any) -> None:
    operation = next(each for each in identity_operations() if each["operationId"] == "request_password_reset")
    ((_what, content), *_rest) = contents(operation)
    assert list(misfits(value, content["schema"]))


def misfits(value: Any, described: dict[str, Any]) -> Iterator[str]:
    """What of a value is not as the schema says: names, and types as far as they are plain."""
    described = resolved(described)
    kinds = described.get("type", [])
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    if value is None:
        if kinds and "null" not in kinds:
            yield "is null"
        return
    if kinds - {"null"} and kind_of(value) not in kinds:
        yield f"{value!r} is no {sorted(kinds)}"
    if isinstance(value, list):
        for item in value:
            yield from misfits(item, described.get("items", {}))
    if isinstance(value, dict) and "properties" in described:
        yield from (f"lacks {name}" for name in set(described.get("required", [])) - value.keys())
        yield from (f"has {name}" for name in value.keys() - described["properties"].keys())
        for name in value.keys() & described["properties"].keys():
            yield from misfits(value[name], described["properties"][name])


def resolved(described: dict[str, Any]) -> dict[str, Any]:
    for alternative in ("allOf", "oneOf", "anyOf"):
        if alternative in described:
            return resolved(described[alternative][0])
    if "$ref" in described:
        found: dict[str, Any] = schema()["components"]["schemas"][described["$ref"].rpartition("/")[2]]
        return resolved(found)
    return described


def kind_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return kinds[type(value)]
