"""A company's own accounts at payment providers: connected, chosen, changed, and never shown."""

import json
import time
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.db import connection

from freehold.adapters.payments.sandbox import CONNECTOR
from freehold.companies.models import Company
from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.payments.accounts import (
    accepting,
    choose_gateway,
    gateway_of,
    installed_endpoint,
    notify_url,
    offered_to,
)
from freehold.payments.models import GatewayAccount, GatewayEvent, GatewaySecret, Payment
from freehold.payments.services.change_account import change_account
from freehold.payments.services.connect_account import connect_account
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.reseal_accounts import reseal_accounts
from freehold.payments.services.rotate_account_secret import forget_replaced_secrets, rotate_account_secret
from freehold.ports.payment_gateway import AccountConfig, Misconfigured
from freehold.simulators.sandbox.signing import HEADER, sign
from tests.apps.payments.builders import a_folio, a_payment
from tests.apps.payments.shop import Shop, reload
from tests.apps.payments.test_gateway_events import an_event, paid_with, snapshot_of
from tests.factories import CompanyFactory, MembershipFactory
from tests.simulators.sandbox_process import API_KEY

pytestmark = pytest.mark.django_db(transaction=True)

OWN_SECRET = "whsec_of_their_own"
CLEAR = f"{API_KEY}|{OWN_SECRET}|sk_second"
VALUES = {"api_key": API_KEY, "secrets": OWN_SECRET}


def admin_of(company: Company) -> Actor:
    return Actor.of(MembershipFactory(company=company, role="admin").user)


@pytest.fixture
def company() -> Company:
    made: Company = CompanyFactory()
    return made


@pytest.fixture
def sandbox_here(request: pytest.FixtureRequest) -> None:
    outside.bind_connector(CONNECTOR, base_url="http://127.0.0.1:9")


def connect(company: Company, account: str = "acct_own", **options: Any) -> GatewayAccount:
    return connect_account(
        **{
            "actor": admin_of(company),
            "company_id": company.pk,
            "provider": "sandbox",
            "account": account,
            "values": VALUES,
            **options,
        }
    )


class TestConnecting:
    pytestmark = [pytest.mark.usefixtures("sandbox_here"), pytest.mark.django_db]

    def test_secrets_are_sealed_and_in_no_audit_trail(self, company: Company) -> None:
        row = connect(company)
        change_account(actor=admin_of(company), account_id=row.pk, label="Cards", values={"api_key": "sk_second"})

        assert {secret.name for secret in row.secrets.all()} == {"api_key", "secrets"}
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            tables = [name for (name,) in cursor.fetchall()]
            for table in tables:
                cursor.execute(
                    f"SELECT count(*) FROM \"{table}\" AS t WHERE t::text ~ '{API_KEY}|{OWN_SECRET}|sk_second'"
                )
                assert cursor.fetchone() == (0,), table

    @pytest.mark.parametrize("role", ["host", "staff"])
    def test_only_administrators_connect(self, company: Company, role: str) -> None:
        actor = Actor.of(MembershipFactory(company=company, role=role).user)
        with pytest.raises(AccessDenied):
            connect(company, actor=actor)

    def test_nobody_else_sees_or_changes_it(self, company: Company) -> None:
        row = connect(company)
        stranger = admin_of(CompanyFactory())
        for act in (
            lambda: change_account(actor=stranger, account_id=row.pk, label="x"),
            lambda: rotate_account_secret(actor=stranger, account_id=row.pk, name="secrets", secret="x"),
        ):
            with pytest.raises(NotFound):
                act()

    def test_the_system_connects_nothing(self, company: Company) -> None:
        with pytest.raises(AccessDenied):
            connect(company, actor=Actor.system("test"))

    @pytest.mark.parametrize(
        ("values", "attrs"),
        [
            ({}, {"values.api_key", "values.secrets"}),
            ({**VALUES, "colour": "red"}, {"values.colour"}),
            ({**VALUES, "secrets": "one,two"}, {"values.secrets"}),
            ({**VALUES, "api_key": "x" * 9_000}, {"values.api_key"}),
        ],
    )
    def test_what_is_wrong_is_said_field_by_field(
        self, company: Company, values: dict[str, str], attrs: set[str]
    ) -> None:
        with pytest.raises(BadInput) as refused:
            connect(company, values=values)
        assert {item.attr for item in refused.value.errors} == attrs
        assert not GatewayAccount.objects.system("test").exists()

    @pytest.mark.parametrize("account", ["", "a b", "../x", "x" * 61, "<x>"])
    def test_an_account_has_a_plain_name(self, company: Company, account: str) -> None:
        with pytest.raises(BadInput) as refused:
            connect(company, account)
        assert refused.value.errors[0].attr == "account"

    def test_an_account_has_one_owner_and_a_provider_one_enabled_account(self, company: Company) -> None:
        row = connect(company)
        with pytest.raises(Conflict, match="already"):
            connect(CompanyFactory())
        with pytest.raises(Conflict, match="off first"):
            connect(company, "acct_second")
        change_account(actor=admin_of(company), account_id=row.pk, is_enabled=False)
        connect(company, "acct_second")
        with pytest.raises(Conflict, match="off first"):
            change_account(actor=admin_of(company), account_id=row.pk, is_enabled=True)

    @pytest.mark.parametrize("account", ["by_hand", "By_Hand", "sandbox-installation", "stripe-installation"])
    def test_names_that_stand_for_something_else_are_reserved(self, company: Company, account: str) -> None:
        with pytest.raises(BadInput) as refused:
            connect(company, account)
        assert refused.value.errors[0].attr == "account"
        assert refused.value.code == "reserved"

    def test_a_name_under_which_money_was_paid_is_not_connected(self, company: Company) -> None:
        a_payment(a_folio(54_000), account="acct_of_the_installation_once")
        a_payment(a_folio(54_000, company=company), account="acct_as_well")
        for account in ("acct_of_the_installation_once", "acct_as_well"):
            with pytest.raises(Conflict) as refused:
                connect(company, account)
            assert refused.value.code == "account_connected"

    def test_one_companys_keys_never_open_the_account_of_anothers_payment(self, company: Company) -> None:
        connect(company)
        mine = a_payment(a_folio(54_000, company=company), account="acct_own")
        anothers = a_payment(a_folio(54_000), account="acct_own")
        assert gateway_of(mine).account == "acct_own"
        with pytest.raises(Misconfigured):
            gateway_of(anothers)

    def test_the_installations_keys_never_open_a_companys_account(
        self, company: Company, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connect(company)
        mine = a_payment(a_folio(54_000, company=company), account="acct_own")
        config = AccountConfig(
            "acct_own", livemode=False, values=VALUES, tokens=outside.token_store(), base_url="http://x"
        )
        installed = CONNECTOR.connect(config)
        monkeypatch.setattr(outside, "_gateways", {"sandbox": installed})
        assert gateway_of(mine) is not installed
        assert gateway_of(a_payment(a_folio(54_000), account="acct_own")) is installed

    def test_test_keys_are_refused_where_guests_pay(self, company: Company, settings: Any) -> None:
        settings.ONLY_LIVE_GATEWAYS = True
        with pytest.raises(BadInput) as refused:
            connect(company, livemode=False)
        assert refused.value.code == "test_mode"

    def test_a_new_encryption_key_reseals_both_secrets_of_a_pair(self, company: Company, settings: Any) -> None:
        settings.ENCRYPTION_KEYS = ["the old key" * 4]
        row = connect(company)
        rotate_account_secret(actor=admin_of(company), account_id=row.pk, name="secrets", secret="whsec_new")
        settings.ENCRYPTION_KEYS = ["the new key" * 4, "the old key" * 4]
        call_command("reseal_secrets")
        settings.ENCRYPTION_KEYS = ["the new key" * 4]

        row.refresh_from_db()
        GatewayAccount.objects.system("test").update(revision=99)
        assert choose_gateway(company_id=company.pk, provider="sandbox").account == "acct_own"
        with pytest.raises(AccessDenied):
            reseal_accounts(actor=admin_of(company))


class TestChoosing:
    def test_the_companys_own_comes_before_the_installations(self, shop: Shop, company: Company) -> None:
        outside.bind_connector(CONNECTOR, base_url=shop.sandbox.url)
        row = connect(company)

        assert choose_gateway(company_id=company.pk, provider="sandbox").account == "acct_own"
        assert choose_gateway(company_id=CompanyFactory().pk, provider="sandbox").account == "acct_sandbox"
        assert {slug: each.account for slug, each in offered_to(company.pk).items()} == {"sandbox": "acct_own"}
        change_account(actor=admin_of(company), account_id=row.pk, is_enabled=False)
        assert choose_gateway(company_id=company.pk, provider="sandbox").account == "acct_sandbox"

    def test_nobody_is_offered_what_is_not_there(self, company: Company) -> None:
        with pytest.raises(BadInput) as refused:
            choose_gateway(company_id=company.pk, provider="nobody")
        assert refused.value.code == "unknown_provider"

    def test_where_guests_pay_real_money_no_account_of_test_keys_is_offered(
        self, shop: Shop, company: Company, settings: Any
    ) -> None:
        outside.bind_connector(CONNECTOR, base_url=shop.sandbox.url)
        row = connect(company, livemode=False)
        assert choose_gateway(company_id=company.pk, provider="sandbox").account == "acct_own"
        settings.ONLY_LIVE_GATEWAYS = True

        assert choose_gateway(company_id=company.pk, provider="sandbox").account == "acct_sandbox"
        assert {slug: each.account for slug, each in offered_to(company.pk).items()} == {"sandbox": "acct_sandbox"}
        # What was paid there before is still asked about.
        paid = a_payment(a_folio(54_000, company=company), account=row.account)
        assert gateway_of(paid).account == "acct_own"

    def test_only_what_takes_the_amount_is_offered(self, shop: Shop, company: Company) -> None:
        assert list(accepting(company_id=company.pk, amount=Money(100, "USD"))) == ["sandbox"]
        assert list(accepting(company_id=company.pk, amount=Money(0, "USD"))) == []

    def test_a_changed_key_is_used_at_once(self, shop: Shop, company: Company) -> None:
        outside.bind_connector(CONNECTOR, base_url=shop.sandbox.url)
        row = connect(company, values={**VALUES, "api_key": "sk_wrong"})
        folio = a_folio(54_000, company=company)
        with pytest.raises(TemporarilyUnavailable):
            shop.sell(folio=folio)
        change_account(actor=admin_of(company), account_id=row.pk, values={"api_key": API_KEY})

        assert shop.sell(folio=folio).state == PaymentState.PENDING

    def test_an_account_that_cannot_be_opened_is_said_to_be_unavailable(
        self, shop: Shop, company: Company, settings: Any
    ) -> None:
        outside.bind_connector(CONNECTOR, base_url=shop.sandbox.url)
        connect(company)
        settings.ENCRYPTION_KEYS = ["another key altogether" * 3]
        with pytest.raises(TemporarilyUnavailable):
            shop.sell(folio=a_folio(54_000, company=company))
        assert list(offered_to(company.pk)) == ["sandbox"]


class OwnAccount:
    """A payment at the company's own account, and a sender that signs with the company's own secret."""

    def __init__(self, shop: Shop, company: Company) -> None:
        outside.bind_connector(CONNECTOR, base_url=shop.sandbox.url)
        self.shop = shop
        self.row = connect(company)
        self.payment = shop.sell(folio=a_folio(54_000, company=company))

    def tell(self, body: bytes, *, token: str = "", secret: str = OWN_SECRET) -> httpx.Response:
        return self.shop.post_signed(token or self.row.endpoint_token, body, secret=secret)

    def news(self, payment: Payment | None = None, **changes: Any) -> bytes:
        seen = snapshot_of(self.shop, payment or self.payment, **paid_with(54_000))
        return an_event(seen, **{"account": "acct_own", "livemode": True, **changes})


@pytest.fixture
def own(shop: Shop, company: Company) -> OwnAccount:
    return OwnAccount(shop, company)


class TestMessages:
    def test_they_come_to_the_address_of_the_account(self, own: OwnAccount) -> None:
        assert own.payment.account == "acct_own"
        assert own.tell(own.news()).status_code == 200
        own.shop.work()

        assert reload(own.payment).state == PaymentState.PAID
        assert GatewayEvent.objects.get().company_id == own.row.company_id

    def test_they_come_to_the_address_of_the_payment(self, own: OwnAccount) -> None:
        assert own.tell(own.news(), token=own.payment.notify_token).status_code == 200
        own.shop.work()
        assert reload(own.payment).state == PaymentState.PAID

    def test_the_installations_secret_opens_no_companys_account(self, own: OwnAccount) -> None:
        answer = own.tell(own.news(), secret="whsec_for_tests")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_signature")

    def test_case_45_an_event_of_another_account_or_mode_changes_nothing(self, own: OwnAccount) -> None:
        own.payment.refresh_from_db()
        for changes in ({"account": "acct_sandbox"}, {"livemode": False}):
            assert own.tell(own.news(**changes)).status_code == 400
        assert not GatewayEvent.objects.exists()

    def test_a_companys_secret_says_nothing_about_anothers_payment(self, own: OwnAccount, company: Company) -> None:
        """The account's name is the same only in a database that somebody has mended by hand: even then."""
        other = own.shop.sell(folio=a_folio(54_000))
        Payment.objects.system("test").filter(pk=other.pk).update(account="acct_own")
        assert own.tell(own.news(other)).status_code == 200
        own.shop.work()

        assert reload(other).state == PaymentState.PENDING
        assert GatewayEvent.objects.get().state == GatewayEvent.State.PARKED

    def test_case_5_both_secrets_count_while_one_is_replaced(self, own: OwnAccount, company: Company) -> None:
        rotate_account_secret(actor=admin_of(company), account_id=own.row.pk, name="secrets", secret="whsec_new")

        assert own.tell(own.news(), secret=OWN_SECRET).status_code == 200
        assert own.tell(own.news(), secret="whsec_new").status_code == 200
        GatewaySecret.objects.filter(name="secrets").update(previous_until=clock.now() - timedelta(seconds=1))
        assert forget_replaced_secrets() == 1
        assert forget_replaced_secrets() == 0
        assert own.tell(own.news(), secret=OWN_SECRET).status_code == 400
        assert own.tell(own.news(), secret="whsec_new").status_code == 200

    def test_a_switched_off_account_is_still_heard_and_asked(self, own: OwnAccount, company: Company) -> None:
        change_account(actor=admin_of(company), account_id=own.row.pk, is_enabled=False)
        own.shop.press(own.payment, "pay")

        assert refresh_payment(payment_id=own.payment.pk).state == PaymentState.PAID
        assert own.tell(own.news()).status_code == 200

    def test_an_account_that_cannot_be_opened_keeps_its_messages_at_the_sender(
        self, own: OwnAccount, settings: Any
    ) -> None:
        body = own.news()
        settings.ENCRYPTION_KEYS = ["another key altogether" * 3]
        GatewayAccount.objects.system("test").update(revision=50)

        assert own.tell(body).status_code == 503
        with pytest.raises(Misconfigured):
            refresh_payment(payment_id=own.payment.pk)

    def test_the_installations_account_has_an_address_of_its_own(self, shop: Shop) -> None:
        payment = shop.sell()
        token = installed_endpoint("sandbox", "acct_sandbox")
        body = an_event(snapshot_of(shop, payment, **paid_with(54_000)))
        answer = httpx.post(
            notify_url("sandbox", token),
            content=body,
            headers={HEADER: sign(body, secrets=["whsec_for_tests"], at=int(time.time()))},
            trust_env=False,
        )
        assert answer.status_code == 200
        assert GatewayEvent.objects.get(object_id=payment.object_id).token_ok
        assert json.loads(body)["account"] == "acct_sandbox"
