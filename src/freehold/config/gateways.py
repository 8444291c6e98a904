"""Which payment providers there are, and the installation's own accounts at them, from the typed settings.

A provider is named in FREEHOLD_PAYMENT_GATEWAYS to open the installation's own account there. Companies connect theirs
at any provider of this list, the sandbox only where no real money is taken.
"""

from __future__ import annotations

from freehold.adapters.credits import jenga, kcb, mpesa_c2b
from freehold.adapters.payments import bank_transfer, bkash, mpesa, razorpay, sandbox, stripe
from freehold.adapters.payments.practice_payer import SimulatorPayer
from freehold.config.env import BadEnvironment, Environment
from freehold.config.env_gateways import DEVELOPMENT_GATEWAYS
from freehold.core import outside
from freehold.payments.accounts import installed_endpoint, notify_url
from freehold.ports.credit_source import CreditConnector
from freehold.ports.payment_gateway import AccountConfig, Connector

CONNECTORS: tuple[Connector, ...] = tuple(
    vendor.CONNECTOR for vendor in (sandbox, stripe, razorpay, bkash, mpesa, bank_transfer)
)
CREDIT_SOURCES: tuple[CreditConnector, ...] = tuple(bank.CONNECTOR for bank in (jenga, kcb, mpesa_c2b))


def bind_gateways(env: Environment) -> None:
    """Raises BadEnvironment, naming every setting that describes no account."""
    for connector in CONNECTORS:
        if env.is_production and connector.slug in DEVELOPMENT_GATEWAYS:
            continue
        outside.bind_connector(connector, base_url=base_url(env, connector.slug))
    for source in CREDIT_SOURCES:
        outside.bind_credit_source(source)
    problems = [f"FREEHOLD_PAYMENT_GATEWAYS: there is no {slug!r}" for slug in _unknown(env)]
    for connector in CONNECTORS:
        if connector.slug in env.payment_gateways:
            problems += _open(env, connector)
    if problems:
        raise BadEnvironment(problems)
    for slug in env.unsigned_webhooks:
        if slug in env.payment_gateways and base_url(env, slug):
            outside.bind_practice_payer(slug, SimulatorPayer(base_url(env, slug)))


def _unknown(env: Environment) -> list[str]:
    return sorted(set(env.payment_gateways) - {connector.slug for connector in CONNECTORS})


def _open(env: Environment, connector: Connector) -> list[str]:
    values = {field.name: env.gateway_value(connector.slug, field.name) for field in connector.fields}
    account = env.gateway_value(connector.slug, "account") or f"{connector.slug}-installation"
    missing = [
        f"{_variable(connector.slug, field.name)}: {connector.label} does not work without it"
        for field in connector.fields
        if field.required and not values[field.name]
    ]
    if missing:
        return missing
    config = AccountConfig(
        account=account,
        livemode=env.is_production if env.gateways_live is None else env.gateways_live,
        values=values,
        tokens=outside.token_store(),
        base_url=base_url(env, connector.slug),
        notify_url=notify_url(connector.slug, installed_endpoint(connector.slug, account)),
    )
    try:
        outside.bind_payment_gateway(connector.connect(config), livemode=config.livemode)
    except ValueError as error:
        return [f"FREEHOLD_{connector.slug.upper()}_*: {error}"]
    return []


def base_url(env: Environment, slug: str) -> str:
    """A simulator's address, or empty for the provider's own."""
    return env.gateway_value(slug, "url")


def _variable(slug: str, name: str) -> str:
    return f"FREEHOLD_{slug.upper()}_{name.upper()}"
