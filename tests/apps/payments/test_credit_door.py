"""Where banks knock: what is kept, what is refused, and what is read once more."""

import json
from typing import Any

import pytest
from django.test import Client

from freehold.adapters.credits import mpesa_c2b
from freehold.companies.models import Company
from freehold.core import outside
from freehold.core.actor import Actor
from freehold.payments.accounts import notify_url
from freehold.payments.models import Credit, GatewayAccount, GatewayEvent, ReviewItem
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.connect_account import connect_account
from freehold.payments.services.replay_event import replay_event
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import UnreadableNotice
from tests.apps.payments.shop import SYSTEM
from tests.factories import CompanyFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    made: Company = CompanyFactory()
    return made


class TestTheDoor:
    """M-Pesa's C2B: nothing is signed, so that only the address and the sender vouch."""

    def body(self, **changes: Any) -> str:
        said = {
            "TransID": "SKL1",
            "TransTime": "20261120150042",
            "TransAmount": "540.00",
            "BusinessShortCode": "600638",
        }
        return json.dumps({**said, "BillRefNumber": "FH7K2Q9M", "MSISDN": "254712345678", **changes})

    def connect(self, company: Company, **values: str) -> str:
        outside.bind_credit_source(mpesa_c2b.CONNECTOR)
        row = connect_account(
            actor=Actor.of(MembershipFactory(company=company, role="admin").user),
            company_id=company.pk,
            provider="mpesa_c2b",
            account="600638",
            values={"shortcode": "600638", **values},
        )
        url = notify_url(row.provider, row.endpoint_token)
        assert "mpesa" not in url
        return url[url.index("/api/") :]

    def test_a_notice_is_kept_and_answered(self, client: Client, company: Company) -> None:
        path = self.connect(company, allowed_ips="127.0.0.1")
        answer = client.post(path, self.body(), content_type="application/json")
        assert (answer.status_code, answer.json()["ResultCode"]) == (200, 0)
        credit = Credit.objects.get()
        assert (credit.company_id, credit.trusted, credit.amount_minor) == (company.pk, True, 54_000)
        assert "254712345678" not in json.dumps(credit.raw)

    def test_from_another_address_nothing_is_kept(self, client: Client, company: Company) -> None:
        path = self.connect(company, allowed_ips="196.201.212.69")
        answer = client.post(path, self.body(), content_type="application/json")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "bad_signature")
        assert not Credit.objects.exists()

    def test_what_cannot_be_read_is_kept_for_a_person(self, client: Client, company: Company) -> None:
        path = self.connect(company)
        for _ in range(2):
            assert client.post(path, self.body(TransID=""), content_type="application/json").status_code == 200
        assert not Credit.objects.exists()
        assert ReviewItem.objects.get().company_id == company.pk

    @pytest.mark.parametrize(("allowed", "is_trusted"), [("127.0.0.1", True), ("", False)])
    def test_what_could_not_be_read_becomes_money_when_it_can(
        self,
        client: Client,
        company: Company,
        monkeypatch: pytest.MonkeyPatch,
        allowed: str,
        is_trusted: bool,
    ) -> None:
        def cannot(*args: Any, **named: Any) -> CreditNotice:
            raise UnreadableNotice("a new shape")

        path = self.connect(company, allowed_ips=allowed)
        with monkeypatch.context() as broken:
            broken.setattr(mpesa_c2b, "read_notice", cannot)
            assert client.post(path, self.body(), content_type="application/json").status_code == 200
            event = GatewayEvent.objects.get()
            assert event.trusted is is_trusted
            replay_event(actor=SYSTEM, event_id=event.pk)
            assert apply_event(event_id=event.pk).state == GatewayEvent.State.QUARANTINED
        replay_event(actor=SYSTEM, event_id=event.pk)
        for _ in range(2):
            assert apply_event(event_id=event.pk).state == GatewayEvent.State.APPLIED
        assert ReviewItem.objects.get().resolved_at is not None
        credit = Credit.objects.get()
        assert (credit.company_id, credit.trusted, credit.amount_minor) == (company.pk, is_trusted, 54_000)
        # The bank repeats itself: the same money.
        client.post(path, self.body(), content_type="application/json")
        assert Credit.objects.get().pk == credit.pk

    def test_an_account_that_is_switched_off_still_hears_of_money(self, client: Client, company: Company) -> None:
        path = self.connect(company)
        GatewayAccount.objects.system("test").update(is_enabled=False)
        assert client.post(path, self.body(), content_type="application/json").status_code == 200
        assert Credit.objects.get().company_id == company.pk

    @pytest.mark.parametrize(
        "address",
        [
            "webhooks/stripe",
            "paymentcallback",
            "payoutcallback",
            "expensecallback",
            "instant-payment-notification/mpesa_c2b",
        ],
    )
    @pytest.mark.parametrize("token", ["%00", "a%00b", "%22", "é", "a.b"])
    def test_an_address_that_nobody_could_give_out_is_not_there(self, client: Client, address: str, token: str) -> None:
        client.raise_request_exception = False
        answer = client.post(f"/api/v1/{address}/{token}/", self.body(), content_type="application/json")
        assert answer.status_code == 404

    def test_what_no_database_takes_is_left_out(self, client: Client, company: Company) -> None:
        path = self.connect(company)
        client.raise_request_exception = False
        answer = client.post(
            f"{path}?a%00b=c%00d",
            self.body(TransID=""),
            content_type="application/json",
            headers={"X-Note": "e\0f"},
        )
        assert answer.status_code == 200
        assert GatewayEvent.objects.get().query == {"ab": "cd"}

    def test_a_guessed_address_is_not_there(self, client: Client, company: Company) -> None:
        self.connect(company)
        for path in ("paymentcallback/guess", "instant-payment-notification/mpesa_c2b/guess"):
            assert client.post(f"/api/v1/{path}/", self.body(), content_type="application/json").status_code == 404
