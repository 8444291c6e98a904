"""The console's pages of payment accounts: connected after a fresh proof, keys never shown, switched off and on."""

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from freehold.payments.models import GatewayAccount, GatewaySecret
from tests.factories import MembershipFactory
from tests.support.factors import prove

pytestmark = pytest.mark.django_db

KEY, SECRET = "sk_test_OnlyOnce1", "whsec_OnlyOnce2"
NEW = "/console/gateways/new/stripe/"
WANTED = {
    "account": "acct_1Fh",
    "label": "Cards",
    "value_secret_key": KEY,
    "value_webhook_secret": SECRET,
    "value_publishable_key": "",
    "value_mode": "",
    "value_connected_account": "",
}


@pytest.fixture
def admin() -> User:
    user: User = MembershipFactory(role="admin").user
    return user


@pytest.fixture
def browser(admin: User) -> Client:
    browser = Client()
    browser.force_login(admin)
    return browser


@pytest.fixture
def account(browser: Client, admin: User) -> GatewayAccount:
    prove(browser, admin)
    answer = browser.post(NEW, WANTED)
    assert answer.status_code == 302, answer.context["form"].errors
    return GatewayAccount.objects.system("test").get()


def of(account: GatewayAccount, rest: str = "") -> str:
    return f"/console/gateways/{account.pk}/{rest}"


def test_keys_are_typed_after_a_fresh_proof_and_kept_in_no_session(browser: Client, admin: User) -> None:
    assert browser.get(NEW)["Location"].startswith("/accounts/reauthenticate/")
    early = browser.post(NEW, WANTED)
    assert early["Location"] == NEW, "the form is asked for again, after the proof"
    assert not GatewayAccount.objects.system("test").exists()
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    assert [text for text in kept if KEY in text or SECRET in text] == []


def test_a_connected_account_shows_its_address_and_none_of_its_keys(browser: Client, account: GatewayAccount) -> None:
    assert (account.provider, account.account, account.livemode) == ("stripe", "acct_1Fh", False)
    page = browser.get(of(account)).text
    assert f"/api/v1/webhooks/stripe/{account.endpoint_token}/" in page
    for text in (page, browser.get("/console/gateways/").text):
        assert KEY not in text
        assert SECRET not in text
        assert "Test mode" in text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value_secret_key": ""}, "value_secret_key"),
        ({"value_secret_key": "sk_live_1"}, "value_secret_key"),
        ({"livemode": "on"}, "value_secret_key"),
        ({"account": "no spaces"}, "account"),
        ({"value_mode": "window"}, "value_mode"),
    ],
)
def test_what_opens_no_account_is_said_beside_its_field(
    browser: Client, admin: User, changes: dict[str, str], field: str
) -> None:
    prove(browser, admin)
    refused = browser.post(NEW, {**WANTED, **changes})
    assert refused.status_code == 422
    assert field in refused.context["form"].errors
    assert KEY not in refused.text, "a key that was typed is not sent back"
    assert not GatewayAccount.objects.system("test").exists()


def test_a_key_that_is_left_empty_stays(browser: Client, account: GatewayAccount) -> None:
    before = GatewaySecret.objects.get(account=account, name="secret_key").sealed
    changed = {"label": "Cards and wallets", "value_secret_key": "", "value_mode": "checkout"}
    assert browser.post(of(account), changed).status_code == 302
    account.refresh_from_db()
    assert (account.label, account.values["mode"]) == ("Cards and wallets", "checkout")
    assert GatewaySecret.objects.get(account=account, name="secret_key").sealed == before


def test_a_signing_secret_is_replaced_and_both_count_for_a_while(browser: Client, account: GatewayAccount) -> None:
    there = of(account, "secrets/webhook_secret/")
    assert browser.post(there, {"secret": "whsec_New1"}, follow=True).status_code == 200
    assert GatewaySecret.objects.get(account=account, name="webhook_secret").previous_until is not None
    assert "Secret being replaced" in browser.get("/console/gateways/").text
    same = browser.post(there, {"secret": "whsec_New1"})
    assert (same.status_code, "in use" in same.text) == (422, True)
    assert browser.post(of(account, "secrets/secret_key/"), {"secret": "x"}).status_code == 422


def test_an_account_is_switched_off_and_on(browser: Client, account: GatewayAccount) -> None:
    for word, is_enabled in (("no", False), ("yes", True)):
        browser.post(of(account, "switch/"), {"is_enabled": word})
        account.refresh_from_db()
        assert account.is_enabled is is_enabled


def test_another_companys_account_and_an_unknown_provider_are_not_there(
    browser: Client, account: GatewayAccount
) -> None:
    other = Client()
    stranger: Any = MembershipFactory(role="admin").user
    other.force_login(stranger)
    prove(other, stranger)
    assert other.get(of(account)).status_code == 404
    assert other.post(of(account, "switch/"), {"is_enabled": "no"}).status_code == 404
    assert browser.get("/console/gateways/new/paypal/").status_code == 404


def test_the_list_costs_the_same_for_many_accounts(browser: Client, account: GatewayAccount) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/console/gateways/").status_code == 200
        return len(queries)

    few = cost()
    for number in range(6):
        GatewayAccount.objects.create(
            company=account.company,
            provider="razorpay",
            account=f"acc_{number}",
            label="Old",
            livemode=True,
            is_enabled=False,
            endpoint_token=f"t{number}",
        )
    assert cost() == few <= 14
