"""`manage register_mpesa_addresses`: payers who send by themselves are heard of from then on."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from freehold.payments.models import GatewayEvent
from tests.support.gateways.fixtures import *  # noqa: F403 - fixtures
from tests.support.gateways.fixtures import OpenInn

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("register_mpesa_addresses", *arguments, stdout=said)
    return said.getvalue()


def test_what_payers_send_by_themselves_comes_to_the_address_that_was_registered(open_inn: OpenInn) -> None:
    inn = open_inn("mpesa")
    account = inn.accounts["mpesa"]
    address = inn.endpoint_of(account)
    assert run() == f"{account.account}: {address}\n"
    assert address in run("--account", account.account)
    try:
        payment = inn.pay(inn.book())
        inn.act(payment, "pay")
        inn.deliver()
        credit = GatewayEvent.objects.get(subject="credit")
        assert credit.path in address
        inn.settle()
        assert inn.reload(payment).charge_id == credit.object_id, "the same money, told twice"
        assert inn.books() == inn.ledger()
    finally:
        inn.till.simulator.control("forget_addresses")


def test_an_account_that_needs_no_telling_is_refused(open_inn: OpenInn) -> None:
    open_inn("stripe")
    assert "no account" in run()
    with pytest.raises(CommandError, match="no such account"):
        run("--account", "stripe-of-the-inn")


def test_an_address_that_m_pesa_refuses_is_told(open_inn: OpenInn, settings: pytest.MonkeyPatch) -> None:
    inn = open_inn("mpesa")
    settings.SITE_URL = "https://sql.example"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="M-Pesa refuses addresses"):
        run("--account", inn.accounts["mpesa"].account)
