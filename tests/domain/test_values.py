"""What holds for every module of the room."""

import importlib
import pkgutil
from dataclasses import is_dataclass

import pytest

import freehold.domain
from freehold.domain.errors import DomainError

MODULES = [
    importlib.import_module(f"freehold.domain.{each.name}") for each in pkgutil.iter_modules(freehold.domain.__path__)
]
CLASSES: set[type] = {
    member
    for module in MODULES
    for member in vars(module).values()
    if isinstance(member, type) and member.__module__ == module.__name__
}


@pytest.mark.parametrize("value", sorted(filter(is_dataclass, CLASSES), key=str))
def test_values_never_change_and_take_no_other_fields(value: type) -> None:
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert "__slots__" in vars(value)


@pytest.mark.parametrize(
    "error",
    sorted((each for each in CLASSES if issubclass(each, Exception)), key=str),
)
def test_every_refusal_has_a_code_and_plain_words(error: type) -> None:
    assert issubclass(error, DomainError)
    assert issubclass(DomainError, ValueError)
