"""Where payees' money goes: what describes a place, what may be shown of it, and whether it is still the same.

Providers say which places they reach (`Connector.destinations`); cash and transfers are carried by people.
"""

import json
import re
from collections.abc import Mapping
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from freehold.core.errors import BadInput, ErrorItem
from freehold.core.outside import connectors
from freehold.core.secrets import unseal
from freehold.domain.bank_accounts import is_iban
from freehold.finance.models import PayeeDestination
from freehold.ports.payment_gateway import DestinationField, DestinationShape

BY_HAND = frozenset({"cash", "bank_transfer"})
"""A person sends these, after they were approved, and says how they are found again."""

MAX_VALUE = 120
SHOWN = 4
_FINGERPRINT = "freehold.finance: destinations of payees"
_NAME = DestinationField("name", "Name", r".{1,80}", is_name=True)

_HANDED: dict[str, tuple[DestinationShape, ...]] = {
    "cash": (DestinationShape("cash", "Cash", (DestinationField("receiver", "Given to", r".{1,80}", is_name=True),)),),
    "bank_transfer": (
        DestinationShape("iban", "Bank account (IBAN)", (DestinationField("iban", "IBAN", r"[A-Z0-9]{14,34}"), _NAME)),
        DestinationShape(
            "account",
            "Bank account",
            (
                DestinationField("account", "Account number", r"[A-Za-z0-9-]{4,34}"),
                DestinationField("bank", "Bank, and its branch or code", r".{1,80}", is_name=True),
                _NAME,
            ),
        ),
    ),
}


def shapes_of(provider: str) -> tuple[DestinationShape, ...]:
    """The places where money can be brought this way. Raises BadInput for a provider that pays nobody out."""
    known = connectors().get(provider)
    shapes = _HANDED.get(provider) or (known.destinations if known is not None else ())
    if not shapes:
        raise BadInput(f"Nobody can be paid by '{provider}' here.", code="unknown_provider", attr="provider")
    return shapes


def all_shapes() -> dict[str, tuple[str, tuple[DestinationShape, ...]]]:
    """Every way to pay somebody out: its name for people, and its places."""
    ways = {slug: (connector.label, connector.destinations) for slug, connector in connectors().items()}
    ways |= {"cash": ("Cash", _HANDED["cash"]), "bank_transfer": ("Bank transfer", _HANDED["bank_transfer"])}
    return {slug: way for slug, way in sorted(ways.items()) if way[1]}


def shape_of(provider: str, name: str) -> DestinationShape:
    """Raises BadInput."""
    shape = next((each for each in shapes_of(provider) if each.name == name), None)
    if shape is None:
        raise BadInput("This provider brings money to no such place.", code="unknown_shape", attr="shape")
    return shape


def read_values(shape: DestinationShape, given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, tidied. Raises BadInput with every problem."""
    fields = {field.name: field for field in shape.fields}
    problems = [
        ErrorItem("unknown_field", "This place has no such detail.", f"values.{name}")
        for name in given
        if name not in fields
    ]
    values: dict[str, str] = {}
    for field in fields.values():
        text = _tidy(field, given.get(field.name, ""))
        problem = _problem(field, text)
        if problem is not None:
            problems.append(problem)
        elif text:
            values[field.name] = text
    if problems:
        raise BadInput.of(problems)
    return values


def _tidy(field: DestinationField, text: str) -> str:
    if field.is_name:
        return " ".join(text.split())
    text = "".join(text.split())
    return text.upper() if field.name in ("iban", "ifsc") else text


def _problem(field: DestinationField, text: str) -> ErrorItem | None:
    attr = f"values.{field.name}"
    if not text:
        return ErrorItem("required", f"{field.label}: it cannot be paid without it.", attr) if field.required else None
    is_right = len(text) <= MAX_VALUE and re.fullmatch(field.pattern, text, re.ASCII) is not None
    if not is_right or (field.name == "iban" and not is_iban(text)):
        return ErrorItem("invalid", f"{field.label}: this cannot be right.", attr)
    return None


def hint_of(shape: DestinationShape, values: Mapping[str, str]) -> str:
    """What lists show: names whole, of numbers the last characters."""
    shown = [_masked(field, values[field.name]) for field in shape.fields if field.name in values]
    return ", ".join([shape.label, *shown])[:120]


def _masked(field: DestinationField, text: str) -> str:
    if field.is_name:
        return text
    return f"•••• {text[-SHOWN:]}" if len(text) > 2 * SHOWN else f"•••• {text[-2:]}"


def typed_again(shape: DestinationShape) -> tuple[DestinationField, ...]:
    """What a second person types from the payee's own papers, because nobody sees it: all but names."""
    return tuple(field for field in shape.fields if not field.is_name)


def is_same_place(destination: PayeeDestination, typed: Mapping[str, str]) -> bool:
    """Whether `typed` are the numbers that were sealed; names, which everybody sees, may be left out.

    Raises BadInput for what cannot be right, UnreadableSecret, and ValueError like `open_destination`."""
    shape = shape_of(destination.provider, destination.shape)
    hidden = {field.name for field in typed_again(shape)}
    names = {name: text for name, text in open_destination(destination).items() if name not in hidden}
    read = read_values(shape, {**names, **typed})
    said = fingerprint_of(destination.payee_id, destination.provider, destination.shape, read)
    return constant_time_compare(said, destination.fingerprint)


def fingerprint_of(payee_id: UUID, provider: str, shape: str, values: Mapping[str, str]) -> str:
    said = json.dumps([str(payee_id), provider, shape, sorted(values.items())])
    return salted_hmac(_FINGERPRINT, said, algorithm="sha256").hexdigest()


def open_destination(destination: PayeeDestination) -> dict[str, str]:
    """The values, for the provider alone. Raises UnreadableSecret, and ValueError when they are not those that were
    confirmed."""
    values: dict[str, str] = json.loads(unseal(destination.sealed))
    now = fingerprint_of(destination.payee_id, destination.provider, destination.shape, values)
    if not constant_time_compare(now, destination.fingerprint):
        raise ValueError("this is not the destination that was confirmed")
    return values
