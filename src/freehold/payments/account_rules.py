"""What describes an account at a provider, and who may touch it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, ErrorItem
from freehold.payments.accounts import SEPARATOR, build
from freehold.payments.models import GatewayAccount
from freehold.ports.credit_source import CreditConnector
from freehold.ports.payment_gateway import AccountField, Connector

type AnyConnector = Connector | CreditConnector

PERMISSION = "companies.gateways"
MAX_VALUE = 8_000


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody typed, sorted by what may be shown again."""

    values: dict[str, str]
    secrets: dict[str, str]


def check_manager(*, actor: Actor, company_id: UUID) -> None:
    """Raises NotFound, AccessDenied: a person of the company, with the right to it, and nobody in their name."""
    actor.require_own_hand()
    require(actor=actor, permission=PERMISSION, company_id=company_id)
    if actor.user is None:
        raise AccessDenied("Only a person can connect accounts.")


def sort_given(connector: AnyConnector, given: Mapping[str, str], *, is_new: bool) -> Given:
    """Checks names and lengths; a new account needs all that is required. Raises BadInput with every problem."""
    fields = {field.name: field for field in connector.fields}
    problems = [_unknown(name) for name in given if name not in fields]
    cleaned = {name: value.strip() for name, value in given.items() if name in fields}
    problems += [problem for name, value in cleaned.items() if (problem := _problem(fields[name], value)) is not None]
    if is_new:
        problems += [_missing(field) for field in fields.values() if field.required and not cleaned.get(field.name)]
    if problems:
        raise BadInput.of(problems)
    return Given(
        values={name: value for name, value in cleaned.items() if not fields[name].secret},
        secrets={name: value for name, value in cleaned.items() if fields[name].secret and value},
    )


def _unknown(name: str) -> ErrorItem:
    return ErrorItem("unknown_field", "This provider asks for no such thing.", f"values.{name}")


def _missing(field: AccountField) -> ErrorItem:
    return ErrorItem("required", f"{field.label}: this provider does not work without it.", f"values.{field.name}")


def _problem(field: AccountField, value: str) -> ErrorItem | None:
    attr = f"values.{field.name}"
    if len(value) > MAX_VALUE:
        return ErrorItem("too_long", f"{field.label}: at most {MAX_VALUE} characters.", attr)
    if field.rotates and SEPARATOR in value:
        return ErrorItem("invalid", f"{field.label}: give one; replacing it keeps the old one for a while.", attr)
    return None


def check_mode(*, livemode: bool) -> None:
    """Raises BadInput for test keys where real guests pay."""
    if settings.ONLY_LIVE_GATEWAYS and not livemode:
        raise BadInput("Test keys take no real money: connect the live ones.", code="test_mode", attr="livemode")


def check_opens(connector: AnyConnector, base_url: str, row: GatewayAccount, secrets: Mapping[str, str]) -> None:
    """Raises BadInput, on the field that the provider's own code names, for what describes no account."""
    try:
        build(connector.connect, base_url, row, secrets)
    except ValueError as error:
        named = str(error).partition(":")[0].split(" ")[0]
        attr = f"values.{named}" if named in {field.name for field in connector.fields} else "values"
        raise BadInput(str(error), code="invalid", attr=attr) from error
