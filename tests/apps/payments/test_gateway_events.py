"""What gateways send us, over real HTTP: doubted, stored, read once."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from freehold.adapters.payments.sandbox import SandboxProvider
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, NotFound
from freehold.core.models import OutboxMessage
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import JournalEntry
from freehold.payments.models import GatewayEvent, Payment, ReviewItem
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.replay_event import replay_event
from freehold.payments.services.revisit_parked import PATIENCE, revisit_parked
from freehold.simulators.sandbox.signing import HEADER, sign
from tests.apps.payments.shop import SYSTEM, Shop, account_balance, open_reviews, reload, reviews
from tests.factories import MembershipFactory, UserFactory
from tests.simulators.sandbox_process import SECRET
from tests.support.duel import duel

pytestmark = pytest.mark.django_db(transaction=True)


def delivered(shop: Shop) -> tuple[Payment, GatewayEvent]:
    """A payment that was paid, and the message that told of it, stored and not yet read."""
    payment = shop.sell()
    shop.press(payment, "pay")
    return payment, shop.wait_for_events(payment)[0]


def snapshot_of(shop: Shop, payment: Payment, **changes: Any) -> dict[str, Any]:
    return {**shop.sandbox.api.get(f"/v1/payments/{payment.object_id}").json(), **changes}


def an_event(subject: dict[str, Any], **changes: Any) -> bytes:
    event = {
        "id": f"evt_{time.time_ns()}",
        "object": "event",
        "type": "payment.paid",
        "created": time.time(),
        "livemode": False,
        "account": "acct_sandbox",
        "data": {"object": subject},
        **changes,
    }
    return json.dumps(event).encode()


def paid_with(minor: int, *, currency: str = "USD", charge: str = "ch_forged") -> dict[str, Any]:
    return {
        "status": "paid",
        "currency": currency,
        "amount_received": minor,
        "charges": [{"id": charge, "amount": minor, "created": time.time()}],
    }


class TestCase1SameEventManyTimes:
    def test_ten_deliveries_five_at_once_have_one_effect(self, shop: Shop) -> None:
        payment, event = delivered(shop)
        headers = {"sandbox-signature": event.headers["sandbox-signature"]}

        def deliver() -> int:
            return shop.post(payment.notify_token, bytes(event.body), headers).status_code

        for _ in range(2):
            assert [outcome.value for outcome in duel(*[deliver] * 5)] == [200] * 5
        shop.work()

        assert GatewayEvent.objects.filter(dedupe_key=event.dedupe_key).count() == 1
        assert reload(payment).state == PaymentState.PAID
        assert len(shop.told) == 1
        assert JournalEntry.objects.system("test").filter(folio_id=payment.folio_id).count() == 1
        assert OutboxMessage.objects.filter(event="GatewayEventStored").count() == 1

    def test_the_same_stored_event_read_by_five_workers_has_one_effect(self, shop: Shop) -> None:
        payment, event = delivered(shop)
        outcomes = duel(*[lambda: apply_event(event_id=event.pk)] * 5)
        assert all(outcome.won for outcome in outcomes), outcomes
        assert len(shop.told) == 1
        assert account_balance(payment.folio_id, "gateway_clearing") == 54_000


class TestCase2Forgeries:
    @pytest.mark.parametrize("forgery", ["tampered", "wrong_secret", "no_header", "empty_header", "v0_only"])
    def test_what_was_not_signed_changes_nothing(self, shop: Shop, forgery: str) -> None:
        payment = shop.sell()
        body = an_event(snapshot_of(shop, payment, **paid_with(54_000)))
        now = int(time.time())
        good = sign(body, secrets=[SECRET], at=now)
        headers = {
            "tampered": {HEADER: good},
            "wrong_secret": {HEADER: sign(body, secrets=["whsec_guessed"], at=now)},
            "no_header": {},
            "empty_header": {HEADER: ""},
            "v0_only": {HEADER: good.replace("v1=", "v0=")},
        }[forgery]
        sent = body.replace(b"54000", b"99000") if forgery == "tampered" else body

        answer = shop.post(payment.notify_token, sent, headers)

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "bad_signature"
        assert not GatewayEvent.objects.exists()
        assert not OutboxMessage.objects.filter(event="GatewayEventStored").exists()
        assert reload(payment).state == PaymentState.PENDING

    def test_the_same_bytes_with_the_right_signature_are_believed(self, shop: Shop) -> None:
        """The control: what the forgeries lack is the signature, nothing else."""
        payment = shop.sell()
        body = an_event(snapshot_of(shop, payment, **paid_with(54_000)))
        assert shop.post_signed(payment.notify_token, body).status_code == 200
        shop.work()
        assert reload(payment).state == PaymentState.PAID


class TestCase3And44Time:
    @pytest.mark.parametrize(("age", "status"), [(301, 400), (295, 200), (-50, 200), (-65, 400), (600, 400)])
    def test_a_signature_is_good_for_five_minutes_and_hardly_ahead(self, shop: Shop, age: int, status: int) -> None:
        payment = shop.sell()
        body = an_event(snapshot_of(shop, payment))
        answer = shop.post_signed(payment.notify_token, body, at=time.time() - age)
        assert answer.status_code == status
        assert GatewayEvent.objects.exists() is (status == 200)

    def test_an_event_that_was_in_time_may_be_read_late(self, shop: Shop) -> None:
        payment, event = delivered(shop)
        GatewayEvent.objects.filter(pk=event.pk).update(created_at=event.created_at)
        clock.move(timedelta(hours=5))
        shop.work()
        assert reload(payment).state == PaymentState.PAID


class TestCase4RawBytes:
    def test_odd_spacing_is_kept_and_verified_as_it_came(self, shop: Shop) -> None:
        payment = shop.sell()
        event = json.loads(an_event(snapshot_of(shop, payment, **paid_with(54_000))))
        body = json.dumps(event, indent=3).replace('"paid"', '"p\\u0061id"').encode() + b"\r\n"

        assert shop.post_signed(payment.notify_token, body).status_code == 200
        assert bytes(GatewayEvent.objects.get().body) == body
        shop.work()
        assert reload(payment).state == PaymentState.PAID

    def test_the_same_json_in_other_bytes_is_refused(self, shop: Shop) -> None:
        payment, event = delivered(shop)
        headers = {"sandbox-signature": event.headers["sandbox-signature"]}
        again = json.dumps(json.loads(bytes(event.body)), indent=1).encode()
        assert shop.post(payment.notify_token, again, headers).status_code == 400


class TestCase5Rotation:
    def test_both_secrets_count_while_one_replaces_the_other(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.use(webhook_secrets=("whsec_new", SECRET))
        shop.press(payment, "pay")
        shop.hear(payment)
        assert reload(payment).state == PaymentState.PAID

    def test_the_old_secret_is_refused_afterwards(self, shop: Shop) -> None:
        payment = shop.sell()
        shop.use(webhook_secrets=("whsec_new",))
        body = an_event(snapshot_of(shop, payment))
        assert shop.post_signed(payment.notify_token, body).status_code == 400

    def test_an_event_whose_secret_is_gone_when_it_is_read_makes_us_ask(self, shop: Shop) -> None:
        payment, event = delivered(shop)
        shop.use(webhook_secrets=("whsec_new",))
        shop.work()
        assert reload(payment).state == PaymentState.PAID
        assert payment.fetched_at is not None
        event.refresh_from_db()
        assert event.state == GatewayEvent.State.APPLIED


class TestCase9EventBeforeTheAnswer:
    def test_an_event_with_our_id_applies_while_the_call_is_still_open(self, shop: Shop) -> None:
        """The gateway's page is paid, and the webhook read, before `create_payment` returns."""

        class Slow(SandboxProvider):
            def create_payment(self, request: Any) -> Any:
                snapshot = super().create_payment(request)
                payment = Payment.objects.system("test").get(pk=request.payment_id)
                payment.next_action = {"url": snapshot.next_action.url}
                shop.press(payment, "pay")
                shop.hear(payment)
                assert reload(payment).state == PaymentState.PAID
                return snapshot

        shop.use(Slow(shop.account))
        payment = shop.sell()
        assert payment.state == PaymentState.PAID
        assert len(shop.told) == 1

    def test_an_event_without_our_id_is_parked_and_applied_when_the_object_is_known(self, shop: Shop) -> None:
        class Slow(SandboxProvider):
            def create_payment(self, request: Any) -> Any:
                snapshot = super().create_payment(request)
                payment = Payment.objects.system("test").get(pk=request.payment_id)
                subject = {**snapshot.raw, **paid_with(54_000), "metadata": {}}
                assert shop.post_signed(payment.notify_token, an_event(subject)).status_code == 200
                shop.work()
                assert GatewayEvent.objects.get().state == GatewayEvent.State.PARKED
                return snapshot

        shop.use(Slow(shop.account))
        payment = shop.sell()
        assert payment.state == PaymentState.PENDING
        shop.work()
        assert reload(payment).state == PaymentState.PAID
        assert GatewayEvent.objects.get().state == GatewayEvent.State.APPLIED


class TestCase10UnknownObject:
    def test_it_is_stored_and_acknowledged_and_a_person_looks_after_a_while(self, shop: Shop) -> None:
        payment = shop.sell()
        subject = {**snapshot_of(shop, payment, **paid_with(100)), "id": "pay_of_somebody", "metadata": {}}
        assert shop.post_signed(payment.notify_token, an_event(subject)).status_code == 200
        shop.work()
        event = GatewayEvent.objects.get()
        assert event.state == GatewayEvent.State.PARKED
        assert revisit_parked() == 1
        assert not ReviewItem.objects.exists()

        clock.move(PATIENCE + timedelta(minutes=1))
        assert revisit_parked() == 1
        assert reviews() == ["unknown_object"]
        assert revisit_parked() == 0
        assert OutboxMessage.objects.filter(state="dead").count() == 0

    def test_another_providers_event_never_finds_our_payment(self, shop: Shop) -> None:
        """The id of a payment made elsewhere, in a properly signed event of this account."""
        payment = shop.sell()
        Payment.objects.system("test").filter(pk=payment.pk).update(provider="elsewhere")
        body = an_event(snapshot_of(shop, payment, **paid_with(54_000)))
        assert shop.post_signed(payment.notify_token, body).status_code == 200
        shop.work()
        assert reload(payment).state == PaymentState.PENDING
        assert GatewayEvent.objects.get().state == GatewayEvent.State.PARKED

    def test_an_event_that_is_not_about_money_is_ignored(self, shop: Shop) -> None:
        payment = shop.sell()
        assert shop.post_signed(payment.notify_token, an_event({"object": "coupon", "id": "c_1"})).status_code == 200
        shop.work()
        assert GatewayEvent.objects.get().state == GatewayEvent.State.IGNORED


class TestCase25Disputes:
    @pytest.mark.parametrize(("subject", "kind"), [("dispute", "dispute"), ("credit", "unknown_object")])
    def test_what_no_room_deals_with_yet_is_for_a_person(self, shop: Shop, subject: str, kind: str) -> None:
        _, event = delivered(shop)
        GatewayEvent.objects.filter(pk=event.pk).update(subject=subject)
        shop.work()
        assert reviews() == [kind]
        assert ReviewItem.objects.get().event == event


class TestReplay:
    def test_an_event_is_read_again_and_changes_nothing_twice(self, shop: Shop) -> None:
        payment = shop.paid()
        [event] = shop.wait_for_events(payment)
        replay_event(actor=SYSTEM, event_id=event.pk)
        shop.work()
        event.refresh_from_db()
        assert event.state == GatewayEvent.State.APPLIED
        assert len(shop.told) == 1

    def test_it_is_not_for_everybody(self, shop: Shop) -> None:
        payment = shop.paid()
        [event] = shop.wait_for_events(payment)
        with pytest.raises(NotFound):
            replay_event(actor=Actor.of(UserFactory()), event_id=event.pk)
        host = MembershipFactory(company=payment.company, role="host").user
        with pytest.raises(AccessDenied):
            replay_event(actor=Actor.of(host), event_id=event.pk)
        GatewayEvent.objects.filter(pk=event.pk).update(payment=None)
        staff = MembershipFactory(company=payment.company, role="admin").user
        with pytest.raises(AccessDenied):
            replay_event(actor=Actor.of(staff), event_id=event.pk)


class TestCase45OtherModeOrAccount:
    @pytest.mark.parametrize("changes", [{"livemode": True}, {"account": "acct_of_somebody"}])
    def test_it_is_refused_and_not_stored(self, shop: Shop, changes: dict[str, Any]) -> None:
        payment = shop.sell()
        body = an_event(snapshot_of(shop, payment, **paid_with(54_000)), **changes)
        assert shop.post_signed(payment.notify_token, body).status_code == 400
        assert not GatewayEvent.objects.exists()
        assert reload(payment).state == PaymentState.PENDING


class TestTheDoor:
    def test_an_unknown_provider_is_404(self, shop: Shop) -> None:
        assert shop.post("x", b"{}", {}, provider="nobody").status_code == 404

    def test_a_body_of_more_than_a_megabyte_is_413(self, shop: Shop) -> None:
        assert shop.post_signed("x", b"x" * (1024 * 1024 + 1)).status_code == 413
        assert not GatewayEvent.objects.exists()

    def test_only_post_is_answered(self, client: Client, shop: Shop) -> None:
        assert client.get("/api/v1/webhooks/sandbox/x/").status_code == 405

    def test_no_csrf_token_and_no_session_are_needed(self, shop: Shop) -> None:
        browser = Client(enforce_csrf_checks=True)
        assert browser.post("/api/v1/webhooks/sandbox/x/", b"{}", content_type="text/plain").status_code == 400

    def test_a_signed_event_at_a_wrong_address_counts_by_its_signature(self, shop: Shop) -> None:
        payment = shop.sell()
        body = an_event(snapshot_of(shop, payment, **paid_with(54_000)))
        assert shop.post_signed("not-a-token", body).status_code == 200
        shop.work()
        assert reload(payment).state == PaymentState.PAID

    def test_cookies_and_credentials_are_not_kept(self, shop: Shop) -> None:
        payment = shop.sell()
        body = an_event(snapshot_of(shop, payment))
        headers = {HEADER: sign(body, secrets=[SECRET], at=int(time.time())), "Cookie": "s=1", "Authorization": "x"}
        assert shop.post(payment.notify_token, body, headers).status_code == 200
        assert not {"cookie", "authorization"} & set(GatewayEvent.objects.get().headers)


class TestCase18SignedAmounts:
    @pytest.mark.parametrize(
        ("subject", "held"),
        [
            (paid_with(53_999), 53_999),
            (paid_with(54_000, currency="EUR"), 0),
            ({**paid_with(60_000), "amount": 60_000}, 60_000),
        ],
        ids=["less", "other_currency", "other_price"],
    )
    def test_a_signed_event_about_another_amount_is_quarantined(
        self, shop: Shop, subject: dict[str, Any], held: int
    ) -> None:
        payment = shop.sell()
        assert (
            shop.post_signed(payment.notify_token, an_event(snapshot_of(shop, payment, **subject))).status_code == 200
        )
        shop.work()
        assert shop.told == []
        assert open_reviews(payment) == ["amount_mismatch"]
        assert GatewayEvent.objects.get().state == GatewayEvent.State.QUARANTINED
        assert -account_balance(payment.folio_id, "customer_credit") == held
