"""The providers that a demonstration is paid with: simulators beside the sandbox, unless real accounts are named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from freehold.cli import practice
from freehold.config.env import BadEnvironment, Environment
from freehold.config.env_gateways import Mode
from freehold.config.gateways import CONNECTORS, base_url, bind_gateways
from freehold.core import outside
from freehold.ports.payment_gateway import AccountConfig
from tests.simulators.process import SOURCE, eventually, free_port
from tests.support.memory_tokens import MemoryTokens

SITE = "http://127.0.0.1:8000"
PORTS = {practice.port_name(name): 8500 + number for number, name in enumerate(practice.NAMES)}


def told(**environment: str) -> Mapping[str, str]:
    return practice.gateways_of(state=PORTS, secret="of this home", site=SITE, environment=environment)


def test_without_accounts_of_its_own_a_home_is_paid_with_every_simulator_and_the_sandbox_first() -> None:
    assert told()["FREEHOLD_PAYMENT_GATEWAYS"] == "sandbox,stripe,razorpay,bkash,mpesa"


def test_accounts_that_the_environment_names_take_the_place_of_the_simulators() -> None:
    assert told(FREEHOLD_PAYMENT_GATEWAYS="stripe, mpesa") == {"FREEHOLD_PAYMENT_GATEWAYS": "sandbox,stripe,mpesa"}


def test_keys_are_of_one_home_and_stay_what_they_are() -> None:
    other = practice.gateways_of(state=PORTS, secret="of another home", site=SITE, environment={})
    secrets = [name for name in told() if name.endswith(("KEY", "SECRET", "PASSWORD", "PASSKEY", "KEY_ID"))]
    assert len(secrets) > 10
    assert told() == told()
    assert [name for name in secrets if told()[name] == other[name]] == []


def test_the_site_opens_an_account_at_each_simulator_with_test_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told().items():
        monkeypatch.setenv(name, value)
    env = Environment.load(Mode.DEMO)
    opened = []
    for connector in CONNECTORS:
        if connector.slug in practice.NAMES:
            values = {field.name: env.gateway_value(connector.slug, field.name) for field in connector.fields}
            assert [field.name for field in connector.fields if field.required and not values[field.name]] == []
            address = base_url(env, connector.slug)
            assert address == practice.address(PORTS, connector.slug)
            config = AccountConfig("house", livemode=False, values=values, tokens=MemoryTokens(), base_url=address)
            opened.append(connector.connect(config).slug)
    assert sorted(opened) == sorted(practice.NAMES)


def test_unsigned_messages_count_only_while_nobody_gave_the_provider_a_secret() -> None:
    assert told()["FREEHOLD_UNSIGNED_WEBHOOKS"] == "stripe,razorpay,bkash"
    given = {"FREEHOLD_STRIPE_WEBHOOK_SECRET": "whsec_mine", "FREEHOLD_RAZORPAY_WEBHOOK_SECRET": "mine"}
    signed = told(**given, FREEHOLD_BKASH_TOPIC_ARN=practice.BKASH_TOPIC)
    assert signed["FREEHOLD_UNSIGNED_WEBHOOKS"] == ""
    assert signed | given == signed, "the simulators sign with what was given"
    assert signed["FREEHOLD_STRIPE_SIM_SECRETS"] == "whsec_mine"
    assert "FREEHOLD_UNSIGNED_WEBHOOKS" not in told(FREEHOLD_PAYMENT_GATEWAYS="stripe")


def test_the_demonstration_has_a_payer_at_each_simulator_and_nothing_else_has(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_gateways", "_practice_payers"):
        monkeypatch.setattr(outside, name, {})
    for name, value in told().items():
        monkeypatch.setenv(name, value)
    bind_gateways(Environment.load(Mode.DEMO))
    assert [name for name in practice.NAMES if outside.practice_payer(name)] == ["stripe", "razorpay", "bkash"]
    for mode in (Mode.DEV, Mode.TEST, Mode.PRODUCTION):
        with pytest.raises(BadEnvironment, match="UNSIGNED_WEBHOOKS"):
            Environment.load(mode)


def test_all_simulators_run_in_one_process_and_end_together(tmp_path: Path) -> None:
    ports = {name: free_port() for name in ("sandbox", *practice.NAMES)}
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), **told()}
    command = [sys.executable, "-m", "freehold.simulators", "--home", str(tmp_path)]
    process = subprocess.Popen(
        [*command, *(f"{name}={port}" for name, port in ports.items())],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        eventually(lambda: all(_answers(port) for port in ports.values()), within_s=60)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0, said
    assert [name for name in ports if not (tmp_path / name / "books.sqlite3").exists()] == []
    assert [name for name, port in ports.items() if f":{port}/" not in said] == []
    assert [name for name, value in told().items() if "KEY" in name and value in said] == [], "keys stay out of logs"


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False
