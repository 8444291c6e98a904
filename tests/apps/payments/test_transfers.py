"""Approved payments to payees, as they leave: once each, whatever calls and messages do, and the books follow."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from freehold.adapters.payments.bkash import BkashProvider
from freehold.adapters.payments.mpesa import MpesaProvider, MpesaSettings
from freehold.adapters.payments.razorpay import RazorpayProvider
from freehold.adapters.payments.stripe import StripeProvider, StripeSettings
from freehold.core import clock, outside
from freehold.core.errors import AccessDenied, BadInput, Conflict
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.payment_states import PayoutState
from freehold.finance.models import Outgoing, Payee, PayeeDestination, Posting
from freehold.finance.outgoings import get_outgoing, owner_balance
from freehold.finance.services.decide_outgoing import cancel_outgoing
from freehold.finance.services.draft_outgoing import repeat_outgoing
from freehold.finance.services.submit_outgoing import submit_outgoing
from freehold.payments.accounts import installed_endpoint
from freehold.payments.models import GatewayEvent, ReviewItem, Transfer
from freehold.payments.services.apply_event import apply_event
from freehold.payments.services.apply_payout_snapshot import apply_payout_snapshot
from freehold.payments.services.begin_transfer import begin_transfer, send_again
from freehold.payments.services.decide_transfer import Outcome, decide_transfer, record_payout_by_hand
from freehold.payments.services.execute_transfer import execute_transfer
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.refresh_transfer import refresh_transfer
from freehold.payments.services.resolve_review import resolve_review
from freehold.payments.transfers import transfers_in_books
from freehold.ports.payment_gateway import PaymentProvider, PayoutSnapshot, ProviderError
from freehold.reports.payout_promises import PAYOUT_CHECKS
from tests.apps.payments.conftest import the_door
from tests.apps.payments.shop import SYSTEM, Shop
from tests.contract import bkash_rig, razorpay_rig
from tests.simulators.bkash_process import BkashProcess
from tests.simulators.conftest import bkash_simulator, mpesa_simulator, razorpay_simulator, stripe_simulator
from tests.simulators.mpesa_process import KEYS, SHORTCODE, MpesaProcess
from tests.simulators.process import eventually
from tests.simulators.razorpay_process import WEBHOOK_SECRET, RazorpayProcess
from tests.simulators.sandbox_process import SandboxProcess
from tests.simulators.stripe_process import API_KEY, StripeProcess
from tests.support.memory_tokens import MemoryTokens
from tests.support.outgoings import PayDesk

__all__ = ["bkash_simulator", "mpesa_simulator", "razorpay_simulator", "stripe_simulator"]

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_S = 12.0
STRIPE_SECRET = "whsec_for_transfers"
SHARE = 75_000


@pytest.fixture(autouse=True)
def promises_are_kept() -> Iterator[None]:
    """After every test, whatever it did: nothing is in the books that did not happen, and the other way round."""
    yield
    assert broken_promises() == {}


def broken_promises() -> dict[str, list[Any]]:
    found = {}
    with connection.cursor() as cursor:
        for name, _, sql in PAYOUT_CHECKS:
            cursor.execute(sql)
            if rows := cursor.fetchall():
                found[name] = rows
    return found


@dataclass
class PayingShop:
    """A shop that pays owners at one provider. `ends` are destinations by how they end."""

    shop: Shop
    gateway: PaymentProvider
    currency: str
    shape: str
    ends: dict[str, dict[str, str]]
    made: Callable[[Transfer], int]
    desk: PayDesk

    @property
    def slug(self) -> str:
        return self.gateway.slug

    def owner(self, minor: int = SHARE) -> Payee:
        payee = self.desk.payee()
        self.desk.credit(payee, minor, self.currency)
        return payee

    def approved(self, end: str = "owner", *, payee: Payee | None = None, minor: int = SHARE) -> Outgoing:
        place = self.desk.place(payee or self.owner(minor), self.slug, self.shape, **self.ends[end])
        return self.desk.approved(place, minor, self.currency)

    def sent(self, end: str = "owner", **options: Any) -> Outgoing:
        outgoing = self.approved(end, **options)
        self.shop.work()
        return get_outgoing(outgoing.pk)

    def hear(self, outgoing: Outgoing, count: int = 1) -> Outgoing:
        """Waits until the provider has told so many things about it, and lets the worker read them."""
        transfer = transfer_of(outgoing)
        names = [each.encode() for each in (str(transfer.pk), transfer.provider_id, transfer.pk.hex) if each]
        told = GatewayEvent.objects.filter(provider=self.slug, subject="payout")

        def heard() -> bool:
            about = [e for e in told.all() if e.our_id == str(transfer.pk) or any(n in bytes(e.body) for n in names)]
            return len(about) >= count

        assert eventually(heard, within_s=PATIENCE_S)
        self.shop.work()
        return get_outgoing(outgoing.pk)

    def left(self, outgoing: Outgoing) -> int:
        return owner_balance(
            company_id=outgoing.company_id, payee_id=outgoing.payee_id, currency=outgoing.currency
        ).left.minor


def transfer_of(outgoing: Outgoing) -> Transfer:
    return Transfer.objects.system("test").get(outgoing=outgoing)


def on_account(outgoing: Outgoing, code: Account) -> int:
    postings = Posting.objects.filter(entry__payee_id=outgoing.payee_id, account__code=code)
    return sum(postings.values_list("amount_minor", flat=True))


def open_questions(outgoing: Outgoing) -> list[str]:
    items = ReviewItem.objects.filter(transfer__outgoing=outgoing, resolved_at=None).order_by("created_at")
    return list(items.values_list("kind", flat=True))


def reviewed(outgoing: Outgoing) -> list[str]:
    return sorted(ReviewItem.objects.filter(transfer__outgoing=outgoing).values_list("kind", flat=True))


@pytest.fixture
def sandbox_desk(shop: Shop, sandbox: SandboxProcess) -> PayingShop:
    def made(transfer: Transfer) -> int:
        return len(shop._books("SELECT id FROM payout WHERE metadata ->> 'payout_id' = ?", transfer.pk))

    ends = {word: {"acct": word} for word in ("owner", "reject", "bounce")}
    return PayingShop(shop, shop.use(), "USD", "account", ends, made, PayDesk())


@pytest.fixture
def razorpay_desk(shop: Shop, razorpay_simulator: RazorpayProcess) -> PayingShop:
    gateway = shop.use(RazorpayProvider(razorpay_rig.settings_for(razorpay_simulator)))
    address = f"{shop.site_url}/api/v1/webhooks/razorpay/{installed_endpoint('razorpay', gateway.account)}/"
    razorpay_simulator.control("webhook", address=address, secret=WEBHOOK_SECRET)

    def made(transfer: Transfer) -> int:
        asked = {"account_number": razorpay_rig.PAYOUT_ACCOUNT, "count": 100}
        listed = gateway._api.read(lambda sdk: sdk.get("/v1/payouts", asked))["items"]
        return len([each for each in listed if each["reference_id"] == str(transfer.pk)])

    ends = {word: {"acct": f"fa_{word}"} for word in ("owner", "reject", "bounce")}
    return PayingShop(shop, gateway, "INR", "fund_account", ends, made, PayDesk())


@pytest.fixture
def stripe_desk(shop: Shop, stripe_simulator: StripeProcess) -> PayingShop:
    settings = StripeSettings(
        account="house", secret_key=API_KEY, webhook_secrets=(STRIPE_SECRET,), base_url=stripe_simulator.url
    )
    gateway = shop.use(StripeProvider(settings))
    address = f"{shop.site_url}/api/v1/webhooks/stripe/{installed_endpoint('stripe', gateway.account)}/"
    stripe_simulator.close_endpoints()
    stripe_simulator.control("endpoint", url=address, secrets={"only": STRIPE_SECRET})

    def made(transfer: Transfer) -> int:
        listed = stripe_simulator.sdk().transfers.list({"transfer_group": str(transfer.pk)})
        return len(listed["data"])

    ends = {"owner": {"acct": "acct_owner"}, "bounce": {"acct": "acct_bounce"}, "reject": {"acct": "acct_missing"}}
    return PayingShop(shop, gateway, "USD", "account", ends, made, PayDesk())


@pytest.fixture
def mpesa_desk(shop: Shop, mpesa_simulator: MpesaProcess) -> PayingShop:
    own_address = installed_endpoint("mpesa", "mpesa")
    the_door().always_open_at(own_address)  # where answers to questions about payouts come
    settings = MpesaSettings(
        base_url=mpesa_simulator.url,
        shortcode=SHORTCODE,
        consumer_key=KEYS["CONSUMER_KEY"],
        consumer_secret=KEYS["CONSUMER_SECRET"],
        passkey=KEYS["PASSKEY"],
        initiator=KEYS["INITIATOR"],
        initiator_password=KEYS["INITIATOR_PASSWORD"],
        certificate=mpesa_simulator.certificate(),
        read_timeout_s=2.0,
        notify_url=f"{shop.site_url}/api/v1/paymentcallback/{own_address}/",
        account="mpesa",
    )

    def made(transfer: Transfer) -> int:
        return len(mpesa_simulator.rows("movement", conversation=f"po-{transfer.pk.hex}"))

    ends = {"owner": {"msisdn": "0712345678"}, "reject": {"msisdn": "254712000000"}}
    gateway = shop.use(MpesaProvider(settings, MemoryTokens()))
    return PayingShop(shop, gateway, "KES", "telephone", ends, made, PayDesk())


@pytest.fixture
def bkash_desk(shop: Shop, bkash_simulator: BkashProcess) -> PayingShop:
    gateway = shop.use(BkashProvider(replace(bkash_rig.settings_for(bkash_simulator), payouts=True), MemoryTokens()))

    def made(transfer: Transfer) -> int:
        return len(bkash_simulator.rows("payout", invoice=transfer.pk.hex))

    ends = {"owner": {"msisdn": "01712345678"}}
    return PayingShop(shop, gateway, "BDT", "wallet", ends, made, PayDesk())


ALL = ("sandbox", "razorpay", "stripe", "mpesa", "bkash")
TELLING = ("sandbox", "razorpay", "stripe", "mpesa")


@pytest.fixture
def paying(request: pytest.FixtureRequest) -> PayingShop:
    desk: PayingShop = request.getfixturevalue(f"{request.param}_desk")
    return desk


@pytest.mark.parametrize("paying", ALL, indirect=True)
def test_what_was_approved_is_paid_once_and_stands_in_the_books(paying: PayingShop) -> None:
    outgoing = paying.sent()
    if paying.slug in ("razorpay", "mpesa"):
        assert outgoing.state == "sending"
        outgoing = paying.hear(outgoing, 2 if paying.slug == "razorpay" else 1)
    transfer = transfer_of(outgoing)
    assert (outgoing.state, transfer.state, paying.left(outgoing)) == ("paid", "paid", 0)
    assert on_account(outgoing, Account.GATEWAY_CLEARING) == -SHARE
    assert on_account(outgoing, Account.OWNER_PAYABLE) == 0
    execute_transfer(transfer_id=transfer.pk)
    assert begin_transfer(outgoing_id=outgoing.pk) == transfer
    assert paying.made(transfer) == 1
    in_books = transfers_in_books(provider=paying.slug, account=transfer.account, names=[transfer.provider_id])
    assert in_books == {transfer.provider_id: Money(SHARE, paying.currency)}


@pytest.mark.parametrize("paying", ["sandbox", "razorpay", "stripe", "mpesa"], indirect=True)
def test_what_failed_is_due_again_and_a_person_is_told(paying: PayingShop) -> None:
    outgoing = paying.sent("reject")
    if outgoing.state == "sending":
        outgoing = paying.hear(outgoing, 2 if paying.slug == "razorpay" else 1)
    assert (outgoing.state, paying.left(outgoing)) == ("failed", SHARE)
    assert open_questions(outgoing) == ["payout_failed"]
    assert on_account(outgoing, Account.GATEWAY_CLEARING) == 0
    item = ReviewItem.objects.get(transfer__outgoing=outgoing)
    resolve_review(actor=SYSTEM, item_id=item.pk, resolution="Asked for another account")
    again = repeat_outgoing(actor=paying.desk.maker, outgoing_id=outgoing.pk)
    assert again.amount_minor == SHARE


@pytest.mark.parametrize("paying", ["sandbox", "razorpay", "stripe"], indirect=True)
def test_case_40_a_payout_that_was_paid_and_came_back_restores_what_the_owner_is_due(paying: PayingShop) -> None:
    outgoing = paying.sent("bounce")

    def came_back() -> bool:
        paying.shop.work()
        return get_outgoing(outgoing.pk).state == "returned"

    assert eventually(came_back, within_s=PATIENCE_S)
    outgoing = get_outgoing(outgoing.pk)
    assert outgoing.paid_at is not None
    assert (transfer_of(outgoing).state, paying.left(outgoing)) == ("reversed", SHARE)
    assert on_account(outgoing, Account.GATEWAY_CLEARING) == 0
    assert reviewed(outgoing) == ["payout_failed"]


def test_case_40_a_payout_that_fails_days_later_is_noticed_without_a_message(stripe_desk: PayingShop) -> None:
    """Also where the provider says `failed` after `paid`."""
    outgoing = stripe_desk.sent()
    transfer = transfer_of(outgoing)
    apply_payout_snapshot(
        transfer_id=transfer.pk,
        snapshot=PayoutSnapshot(transfer.provider_id, PayoutState.FAILED, None, error_code="account_closed"),
        source="fetch",
    )
    outgoing = get_outgoing(outgoing.pk)
    assert (outgoing.state, outgoing.error_code) == ("returned", "account_closed")
    assert stripe_desk.left(outgoing) == SHARE
    assert transfer.next_fetch_at is not None, "what was paid is looked at again"


def test_case_38_a_queue_timeout_and_then_success_pays_once(
    mpesa_desk: PayingShop, mpesa_simulator: MpesaProcess
) -> None:
    mpesa_simulator.plan("b2c", "queue_timeout", delay_s=1.0)
    outgoing = mpesa_desk.sent()
    outgoing = mpesa_desk.hear(outgoing)
    outgoing = mpesa_desk.hear(outgoing, 2)
    assert eventually(lambda: mpesa_desk.hear(outgoing).state == "paid", within_s=PATIENCE_S)
    assert mpesa_desk.made(transfer_of(outgoing)) == 1
    assert on_account(outgoing, Account.GATEWAY_CLEARING) == -SHARE


def test_case_38_after_a_queue_timeout_without_a_result_it_is_asked_for_and_never_sent_again(
    mpesa_desk: PayingShop, mpesa_simulator: MpesaProcess
) -> None:
    mpesa_simulator.plan("b2c", "queue_timeout_lost")
    outgoing = mpesa_desk.sent()
    assert eventually(lambda: mpesa_desk.hear(outgoing).state == "paid", within_s=PATIENCE_S)
    assert mpesa_desk.made(transfer_of(outgoing)) == 1
    assert reviewed(outgoing) == []


def test_case_39_an_id_that_was_used_is_treated_as_sent_and_asked_for(
    mpesa_desk: PayingShop, mpesa_simulator: MpesaProcess
) -> None:
    mpesa_simulator.fault("b2c", "timeout", executed=True)
    outgoing = mpesa_desk.sent()
    assert transfer_of(outgoing).state in ("unknown", "paid")
    refresh_transfer(transfer_id=transfer_of(outgoing).pk)  # says it again: M-Pesa knows the id
    assert eventually(lambda: mpesa_desk.hear(outgoing).state == "paid", within_s=PATIENCE_S)
    assert mpesa_desk.made(transfer_of(outgoing)) == 1


def test_case_39_a_result_that_calls_it_a_duplicate_pays_and_fails_nothing(
    mpesa_desk: PayingShop, mpesa_simulator: MpesaProcess
) -> None:
    mpesa_simulator.plan("b2c", "fail", code="15")
    outgoing = mpesa_desk.hear(mpesa_desk.sent())
    assert outgoing.error_code != "15", "a reason to ask, no failure: only the answer to the question decides"
    event = GatewayEvent.objects.get(our_id=str(transfer_of(outgoing).pk), type="payout.15")
    assert (event.trusted, event.state) == (False, "applied")


def test_a_bill_goes_to_a_paybill_and_its_result_comes_to_expensecallback(
    mpesa_desk: PayingShop, mpesa_simulator: MpesaProcess
) -> None:
    desk = mpesa_desk.desk
    place = desk.place(desk.payee("supplier", "Plumber"), "mpesa", "business", shortcode="654321", account="INV-77")
    outgoing = desk.approved(place, 120_000, "KES", category="Repairs")
    mpesa_desk.shop.work()
    outgoing = mpesa_desk.hear(outgoing)
    assert outgoing.state == "paid"
    assert on_account(outgoing, Account.EXPENSES) == 120_000
    event = GatewayEvent.objects.filter(our_id=str(transfer_of(outgoing).pk)).first()
    assert event is not None
    assert "/expensecallback/" in event.path
    assert event.transfer == transfer_of(outgoing)


def test_a_payment_to_a_business_without_an_answer_is_never_sent_again(
    mpesa_desk: PayingShop, mpesa_simulator: MpesaProcess
) -> None:
    desk = mpesa_desk.desk
    place = desk.place(desk.payee("supplier", "Plumber"), "mpesa", "business", shortcode="654321", account="INV-78")
    outgoing = desk.approved(place, 120_000, "KES")
    mpesa_simulator.fault("b2b", "timeout", executed=False)
    before = len(mpesa_simulator.rows("request", kind="b2b"))
    mpesa_desk.shop.work_again()
    transfer = transfer_of(outgoing)
    assert (transfer.state, transfer.is_keyless) == ("unknown", True)
    mpesa_desk.shop.work_again()
    refresh_transfer(transfer_id=transfer.pk)
    assert len(mpesa_simulator.rows("request", kind="b2b")) == before
    Transfer.objects.system("test").update(called_at=clock.now() - timedelta(minutes=16), next_fetch_at=clock.now())
    reconcile_due()
    assert open_questions(outgoing) == ["no_answer"]
    assert transfer_of(outgoing).next_fetch_at is None


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
def test_a_wallet_payout_without_an_answer_is_paid_once_or_a_person_decides(
    bkash_desk: PayingShop, bkash_simulator: BkashProcess, executed: bool
) -> None:
    outgoing = bkash_desk.approved()
    impatient = replace(bkash_rig.settings_for(bkash_simulator), payouts=True, read_timeout_s=0.5)
    bkash_desk.shop.use(BkashProvider(impatient, MemoryTokens()))
    bkash_simulator.fault("pay_out", "timeout", executed=executed)
    bkash_desk.shop.work()
    transfer = transfer_of(outgoing)
    assert transfer.state == "unknown"
    bkash_desk.shop.use(bkash_desk.gateway)
    bkash_desk.shop.work_again()
    outgoing = get_outgoing(outgoing.pk)
    assert bkash_desk.made(transfer) == 1
    if not executed:
        assert outgoing.state == "paid"
        return
    assert (outgoing.state, open_questions(outgoing)) == ("sending", ["no_answer"])
    item = ReviewItem.objects.get(transfer=transfer)
    with pytest.raises(Conflict, match="whether the money went"):
        resolve_review(actor=SYSTEM, item_id=item.pk, resolution="hm")
    decide_transfer(actor=bkash_desk.desk.checker, outgoing_id=outgoing.pk, outcome=Outcome.WENT, note="TRX 9A")
    assert (get_outgoing(outgoing.pk).state, open_questions(outgoing)) == ("paid", [])
    assert on_account(outgoing, Account.GATEWAY_CLEARING) == -SHARE


@pytest.mark.parametrize("executed", [False, True], ids=["before", "after"])
def test_a_call_without_an_answer_is_repeated_under_its_key(sandbox_desk: PayingShop, executed: bool) -> None:
    outgoing = sandbox_desk.approved()
    sandbox_desk.shop.use(read_timeout_s=0.3)
    sandbox_desk.shop.sandbox.fault("create_payout", "timeout", executed=executed)
    sandbox_desk.shop.work()
    assert transfer_of(outgoing).state in ("unknown", "paid")
    sandbox_desk.shop.use()
    sandbox_desk.shop.work_again()
    assert (get_outgoing(outgoing.pk).state, sandbox_desk.made(transfer_of(outgoing))) == ("paid", 1)


def test_a_provider_that_cannot_be_reached_is_tried_again(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.approved()
    sandbox_desk.shop.use(base_url="http://127.0.0.1:9")
    sandbox_desk.shop.work()
    transfer = transfer_of(outgoing)
    assert (transfer.state, transfer.called_at) == ("created", None)
    sandbox_desk.shop.use()
    Transfer.objects.system("test").update(next_fetch_at=clock.now())
    reconcile_due()
    assert get_outgoing(outgoing.pk).state == "paid"


def test_a_worker_that_died_after_the_call_converges(sandbox_desk: PayingShop, monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing = sandbox_desk.approved()
    name = "freehold.payments.services.execute_transfer.apply_payout_snapshot"
    with monkeypatch.context() as patch:
        patch.setattr(name, lambda **_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            sandbox_desk.shop.work()
    assert get_outgoing(outgoing.pk).state == "sending"
    Transfer.objects.system("test").update(next_fetch_at=clock.now())
    reconcile_due()
    assert (get_outgoing(outgoing.pk).state, sandbox_desk.made(transfer_of(outgoing))) == ("paid", 1)


def test_another_amount_than_was_approved_is_for_a_person(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.approved()
    transfer = begin_transfer(outgoing_id=outgoing.pk)
    assert transfer is not None
    snapshot = PayoutSnapshot("po_1", PayoutState.PAID, Money(SHARE + 1, "USD"))
    apply_payout_snapshot(transfer_id=transfer.pk, snapshot=snapshot, source="event")
    assert get_outgoing(outgoing.pk).state == "sending"
    assert open_questions(outgoing) == ["disagreement"]


def test_a_second_payout_for_one_transfer_is_for_a_person(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.sent()
    snapshot = PayoutSnapshot("po_another", PayoutState.PAID, Money(SHARE, "USD"))
    apply_payout_snapshot(transfer_id=transfer_of(outgoing).pk, snapshot=snapshot, source="event")
    assert open_questions(outgoing) == ["disagreement"]
    assert on_account(outgoing, Account.GATEWAY_CLEARING) == -SHARE


def test_money_that_went_after_it_was_said_to_have_failed_is_put_in_the_books_by_a_person(
    sandbox_desk: PayingShop,
) -> None:
    outgoing = sandbox_desk.sent("reject")
    transfer = transfer_of(outgoing)
    snapshot = PayoutSnapshot(transfer.provider_id, PayoutState.PAID, Money(SHARE, "USD"))
    apply_payout_snapshot(transfer_id=transfer.pk, snapshot=snapshot, source="fetch")
    assert "disagreement" in open_questions(outgoing)
    decide_transfer(actor=sandbox_desk.desk.checker, outgoing_id=outgoing.pk, outcome=Outcome.WENT, note="Seen there")
    assert (get_outgoing(outgoing.pk).state, sandbox_desk.left(outgoing)) == ("paid", 0)


def test_what_is_paid_by_another_one_is_not_said_to_have_gone(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.sent("reject")
    transfer, desk = transfer_of(outgoing), sandbox_desk.desk
    snapshot = PayoutSnapshot(transfer.provider_id, PayoutState.PAID, Money(SHARE, "USD"))
    again = repeat_outgoing(actor=desk.maker, outgoing_id=outgoing.pk)
    desk.approve(submit_outgoing(actor=desk.maker, outgoing_id=again.pk))
    apply_payout_snapshot(transfer_id=transfer.pk, snapshot=snapshot, source="fetch")
    with pytest.raises(Conflict, match="pays the same debt"):
        decide_transfer(actor=desk.checker, outgoing_id=outgoing.pk, outcome=Outcome.WENT, note="Seen there")
    assert "disagreement" in open_questions(outgoing)
    cancel_outgoing(actor=desk.maker, outgoing_id=again.pk)
    decide_transfer(actor=desk.checker, outgoing_id=outgoing.pk, outcome=Outcome.WENT, note="Seen there")
    assert (get_outgoing(outgoing.pk).state, sandbox_desk.left(outgoing)) == ("paid", 0)


def test_messages_of_a_transfer_may_come_in_any_order_and_number(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.approved()
    transfer = begin_transfer(outgoing_id=outgoing.pk)
    assert transfer is not None
    amount = Money(SHARE, "USD")
    for state in (PayoutState.PAID, PayoutState.PENDING, PayoutState.PAID, PayoutState.REVERSED, PayoutState.PAID):
        snapshot = PayoutSnapshot("po_1", state, amount)
        apply_payout_snapshot(transfer_id=transfer.pk, snapshot=snapshot, source="event")
    assert (get_outgoing(outgoing.pk).state, sandbox_desk.left(outgoing)) == ("returned", SHARE)


def test_what_was_cancelled_is_not_sent(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.approved()
    cancel_outgoing(actor=sandbox_desk.desk.maker, outgoing_id=outgoing.pk)
    sandbox_desk.shop.work()
    assert not Transfer.objects.system("test").exists()


class TestAccounts:
    def test_what_no_account_can_pay_is_not_asked_for(self, shop: Shop) -> None:
        desk = PayDesk()
        shop.use()
        owner = desk.payee()
        desk.credit(owner, SHARE, "KES")
        draft = desk.draft(desk.place(owner, "mpesa", "telephone", msisdn="0712345678"), SHARE, "KES")
        with pytest.raises(BadInput):
            submit_outgoing(actor=desk.maker, outgoing_id=draft.pk)
        assert get_outgoing(draft.pk).state == "draft"

    def test_an_account_that_vanished_keeps_it_waiting(self, sandbox_desk: PayingShop) -> None:
        outgoing = sandbox_desk.approved()
        outside.payment_gateways().pop("sandbox")  # type: ignore[attr-defined]
        sandbox_desk.shop.work()
        assert get_outgoing(outgoing.pk).state == "approved"
        assert list(ReviewItem.objects.values_list("kind", flat=True)) == ["gateway_problem"]
        sandbox_desk.shop.use()
        send_again(actor=sandbox_desk.desk.maker, outgoing_id=outgoing.pk)
        sandbox_desk.shop.work()
        assert get_outgoing(outgoing.pk).state == "paid"

    def test_a_destination_that_was_tampered_with_is_not_paid(self, sandbox_desk: PayingShop) -> None:
        outgoing = sandbox_desk.approved()
        other = sandbox_desk.desk.place(sandbox_desk.owner(), "sandbox", "account", acct="mallory")
        PayeeDestination.objects.system("test").filter(pk=outgoing.destination_id).update(sealed=other.sealed)
        sandbox_desk.shop.work()
        outgoing = get_outgoing(outgoing.pk)
        assert (outgoing.state, outgoing.error_code) == ("failed", "destination_unreadable")
        assert sandbox_desk.made(transfer_of(outgoing)) == 0


class TestByHand:
    def test_cash_and_transfers_are_recorded_after_they_were_approved(self) -> None:
        desk = PayDesk()
        owner = desk.payee()
        desk.credit(owner, 10_000)
        submitted = desk.submitted(desk.place(owner))
        with pytest.raises(Conflict):
            record_payout_by_hand(actor=desk.maker, outgoing_id=submitted.pk, receipt="Statement 7")
        desk.approve(submitted)
        for _ in range(2):
            paid = record_payout_by_hand(actor=desk.maker, outgoing_id=submitted.pk, receipt="Statement 7")
        assert (paid.state, transfer_of(paid).receipt) == ("paid", "Statement 7")
        assert on_account(paid, Account.BANK) == -10_000
        assert Transfer.objects.system("test").count() == 1

    def test_what_came_back_is_due_again(self) -> None:
        desk = PayDesk()
        owner = desk.payee()
        desk.credit(owner, 10_000)
        outgoing = desk.approved(desk.place(owner, "cash", "cash", receiver="Olive"))
        record_payout_by_hand(actor=desk.maker, outgoing_id=outgoing.pk, receipt="Receipt 7")
        assert on_account(outgoing, Account.CASH) == -10_000
        with pytest.raises(AccessDenied):
            decide_transfer(actor=desk.maker, outgoing_id=outgoing.pk, outcome=Outcome.RETURNED, note="Refused it")
        decide_transfer(actor=desk.checker, outgoing_id=outgoing.pk, outcome=Outcome.RETURNED, note="Refused it")
        assert get_outgoing(outgoing.pk).state == "returned"
        assert on_account(outgoing, Account.CASH) == 0

    def test_what_a_provider_pays_is_not_recorded_by_hand(self, sandbox_desk: PayingShop) -> None:
        outgoing = sandbox_desk.approved()
        with pytest.raises(Conflict):
            record_payout_by_hand(actor=sandbox_desk.desk.maker, outgoing_id=outgoing.pk, receipt="x")

    @pytest.mark.parametrize("outcome", list(Outcome))
    def test_what_the_provider_has_answered_is_not_for_a_person(
        self, sandbox_desk: PayingShop, outcome: Outcome
    ) -> None:
        outgoing = sandbox_desk.sent()
        with pytest.raises(Conflict):
            decide_transfer(actor=sandbox_desk.desk.checker, outgoing_id=outgoing.pk, outcome=outcome, note="x")


def test_an_unknown_payout_is_parked(shop: Shop, sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.sent()
    sandbox_desk.hear(outgoing)
    event = GatewayEvent.objects.get(subject="payout")
    GatewayEvent.objects.update(state="stored", our_id="", object_id="po_unknown")
    assert apply_event(event_id=event.pk).state == "parked"


def test_a_message_to_a_foreign_address_is_not_found(shop: Shop, sandbox_desk: PayingShop) -> None:
    assert shop.post("0" * 48, b"{}", {}, provider="mpesa").status_code == 404


def test_retrying_is_no_error_of_the_worker(sandbox_desk: PayingShop) -> None:
    outgoing = sandbox_desk.approved()
    transfer = begin_transfer(outgoing_id=outgoing.pk)
    assert transfer is not None
    sandbox_desk.shop.use(base_url="http://127.0.0.1:9")
    with pytest.raises(ProviderError):
        execute_transfer(transfer_id=transfer.pk)


class TestPromises:
    """What the checker sees when somebody goes past the rooms, and past the triggers too."""

    def test_a_debt_that_is_paid_twice_is_found(self) -> None:
        desk = PayDesk()
        place = desk.place(desk.payee("supplier", "Plumber"))
        outgoings = [desk.approved(place) for _ in range(2)]
        assert broken_promises() == {}
        with transaction.atomic():
            Outgoing.objects.company(desk.company.pk).filter(pk=outgoings[1].pk).update(replaces=outgoings[0])
            assert "one_debt_is_paid_once" in broken_promises()
            transaction.set_rollback(True)

    @pytest.mark.parametrize("is_resolved", [False, True])
    def test_only_a_question_that_is_open_excuses_what_an_owner_is_not_due(self, is_resolved: bool) -> None:
        """Also of an owner who was never due anything."""
        desk = PayDesk()
        owner = desk.payee()
        place = desk.place(owner)
        desk.credit(owner, 10_000)
        outgoing = desk.approved(place)
        record_payout_by_hand(actor=desk.maker, outgoing_id=outgoing.pk, receipt="Statement 7")
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE finance_outgoing DISABLE TRIGGER USER")
                cursor.execute("UPDATE finance_outgoing SET state = 'approved', currency = 'EUR'")
            assert "owners_get_no_more_than_they_are_due" in broken_promises()
            ReviewItem.objects.create(
                kind=ReviewItem.Kind.DISAGREEMENT,
                key="x",
                company_id=desk.company.pk,
                transfer=transfer_of(outgoing),
                resolved_at=clock.now() if is_resolved else None,
            )
            assert ("owners_get_no_more_than_they_are_due" in broken_promises()) is is_resolved
            transaction.set_rollback(True)

    @pytest.mark.parametrize(
        ("name", "sql"),
        [
            ("nobody_approved_their_own", "UPDATE finance_outgoing SET makers = makers || approved_by_id"),
            ("transfers_are_what_was_approved", "UPDATE payments_transfer SET amount_minor = 1"),
            ("transfers_are_what_was_approved", "UPDATE finance_outgoing SET state = 'failed'"),
            ("paid_out_is_in_the_books", "UPDATE finance_outgoing SET amount_minor = amount_minor - 1"),
            ("owners_get_no_more_than_they_are_due", "UPDATE finance_posting SET amount_minor = amount_minor * 2"),
        ],
    )
    def test_a_broken_one_is_found(self, name: str, sql: str) -> None:
        desk = PayDesk()
        owner = desk.payee()
        desk.credit(owner, 10_000)
        outgoing = desk.approved(desk.place(owner))
        record_payout_by_hand(actor=desk.maker, outgoing_id=outgoing.pk, receipt="Statement 7")
        assert broken_promises() == {}
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {sql.split()[1]} DISABLE TRIGGER USER")
                where = " WHERE entry_id IN (SELECT id FROM finance_journalentry WHERE kind = 'owner_paid')"
                cursor.execute(sql + (where if "posting" in sql else ""))
            assert name in broken_promises()
            transaction.set_rollback(True)
