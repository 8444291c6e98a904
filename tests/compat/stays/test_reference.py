"""The reference of the API shows of each operation of the stays API what it takes and what it gives."""

from collections.abc import Iterator
from typing import Any

from freehold.api.compat.stays.urls import urlpatterns
from tests.api.test_identity_examples import contents, misfits, schema

PREFIXES = ("/api/accounts/", "/api/stay/")


def operations() -> Iterator[dict[str, Any]]:
    for path, methods in schema()["paths"].items():
        if path.startswith(PREFIXES):
            yield from methods.values()


def test_all_of_them_are_there_in_words() -> None:
    paths = [path for path in schema()["paths"] if path.startswith(PREFIXES)]
    assert len(paths) == len(urlpatterns)
    for operation in operations():
        assert operation["operationId"].startswith("stays_")
        assert operation["description"], operation["operationId"]


def test_each_shows_what_it_takes_and_gives_and_the_examples_fit() -> None:
    for operation in operations():
        for what, content in contents(operation):
            assert content.get("examples"), f"{operation['operationId']}: {what}"
            for name, example in content["examples"].items():
                problems = list(misfits(example["value"], content["schema"]))
                assert not problems, f"{operation['operationId']}, {what}, {name}: {problems}"
