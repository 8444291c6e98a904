"""What administrators see of money, and the little that they do."""

import pytest
from django.test import Client

from freehold.accounts.models import User
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.models import GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.ports.payment_gateway import RefundSnapshot
from tests.apps.payments.builders import a_refund, an_attempt, apply, seen, usd
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.fixture
def boss(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def payment() -> Payment:
    """Underpaid: it has a charge, a journal entry and an open review item."""
    payment = an_attempt(request={"payer": {"email": "ada@guests.example"}})
    return apply(payment, seen(payment, PaymentState.PAID, 50_000))


def an_event(payment: Payment) -> GatewayEvent:
    return GatewayEvent.objects.create(
        provider="sandbox",
        account="acct_sandbox",
        dedupe_key="evt_1",
        subject="payment",
        type="payment.paid",
        trusted=True,
        headers={"sandbox-signature": "t=1,v1=secret"},
        body=b'{"id": "evt_1"}',
        payment=payment,
        state=GatewayEvent.State.QUARANTINED,
    )


def test_every_page_of_money_opens_and_keeps_its_secrets(boss: Client, payment: Payment) -> None:
    event, refund, item = an_event(payment), a_refund(payment, amount=100), payment.review_items.get()
    entry = payment.folio.entries.get()
    pages = {
        "payments/payment": payment.pk,
        "payments/gatewayevent": event.pk,
        "payments/refund": refund.pk,
        "payments/reviewitem": item.pk,
        "finance/folio": payment.folio_id,
        "finance/journalentry": entry.pk,
    }
    for page, pk in pages.items():
        for address in (f"/admin/{page}/", f"/admin/{page}/?q=x", f"/admin/{page}/{pk}/change/"):
            answer = boss.get(address)
            assert answer.status_code == 200, address
            text = answer.content.decode()
            assert payment.notify_token not in text
            assert "ada@guests.example" not in text
            assert "v1=secret" not in text
    shown = boss.get(f"/admin/payments/payment/{payment.pk}/change/").content.decode()
    assert "500.00 USD" in shown


@pytest.mark.parametrize("page", ["payments/payment", "payments/refund", "finance/folio", "finance/journalentry"])
def test_nothing_is_added_changed_or_deleted_by_hand(boss: Client, payment: Payment, page: str) -> None:
    pk = payment.pk if page == "payments/payment" else payment.folio_id
    assert boss.get(f"/admin/{page}/add/").status_code == 403
    assert boss.post(f"/admin/{page}/{pk}/delete/", {"post": "yes"}).status_code in (302, 403)
    assert Payment.objects.system("test").filter(pk=payment.pk).exists()


def test_the_list_of_payments_takes_the_same_queries_however_long(
    boss: Client, payment: Payment, django_assert_max_num_queries: object
) -> None:
    boss.get("/admin/payments/payment/")
    for _ in range(5):
        an_attempt()
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        boss.get("/admin/payments/payment/")


def act(boss: Client, page: str, action: str, pk: object) -> str:
    answer = boss.post(f"/admin/{page}/", {"action": action, "_selected_action": [str(pk)]}, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_event_is_read_again(boss: Client, payment: Payment) -> None:
    event = an_event(payment)
    assert "will be read again" in act(boss, "payments/gatewayevent", "replay", event.pk)
    event.refresh_from_db()
    assert event.state == GatewayEvent.State.STORED


def test_a_case_is_closed_with_a_note_once(boss: Client, person: User, payment: Payment) -> None:
    """A note moves no money: while that is undecided, the case stays open."""
    item = payment.review_items.get()
    address = f"/admin/payments/reviewitem/{item.pk}/change/"
    boss.post(address, {"resolution": "  "})
    assert ReviewItem.objects.get().resolved_at is None
    boss.post(address, {"resolution": "Agreed on the phone."})
    assert ReviewItem.objects.get().resolved_at is None
    a_refund(payment, amount=50_000)
    boss.post(address, {"resolution": "Agreed on the phone."})
    item.refresh_from_db()
    assert (item.resolution, item.resolved_by) == ("Agreed on the phone.", person)
    assert boss.post(address, {"resolution": "Something else."}).status_code == 403


def test_held_money_is_sent_back(boss: Client, payment: Payment) -> None:
    item = payment.review_items.get()
    assert "on their way" in act(boss, "payments/reviewitem", "send_back", item.pk)
    assert Refund.objects.system("test").get().amount_minor == 50_000


def test_a_failed_refund_is_sent_once_more(boss: Client, payment: Payment) -> None:
    refund = a_refund(payment, amount=100)
    assert "has not failed" in act(boss, "payments/refund", "retry", refund.pk)
    apply_refund_snapshot(
        refund_id=refund.pk, snapshot=RefundSnapshot("re_1", RefundState.FAILED, usd(100)), source="event"
    )
    assert "on their way" in act(boss, "payments/refund", "retry", refund.pk)
    assert Refund.objects.system("test").filter(replaces=refund).exists()
