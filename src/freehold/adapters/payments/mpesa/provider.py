"""M-Pesa behind the payment port: stateless, one instance per shortcode, safe for threads.

A payment is a push to a telephone: it cannot be cancelled and lapses by itself after about a minute. Everything that
moves money out, and every look at such a movement, is only accepted at once; the outcome comes as a message.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from freehold.adapters.credits.values import text
from freehold.adapters.masking import masked
from freehold.adapters.payments.mpesa import address, requests
from freehold.adapters.payments.mpesa.address import Address
from freehold.adapters.payments.mpesa.codes import outcome
from freehold.adapters.payments.mpesa.credential import public_key, security_credential
from freehold.adapters.payments.mpesa.facts import CURRENCY, Facts, money, snapshot
from freehold.adapters.payments.mpesa.http import AlreadySent, Daraja, StillProcessing
from freehold.adapters.payments.mpesa.inbound import Reader
from freehold.adapters.payments.mpesa.names import OURS, Name, Way, read_name
from freehold.adapters.payments.mpesa.settings import MpesaSettings
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.ports.payment_gateway import (
    Capabilities,
    CreatePayment,
    Declined,
    Inbound,
    LedgerLine,
    Misconfigured,
    NextAction,
    Parsed,
    PaymentSnapshot,
    PayoutRequest,
    PayoutSnapshot,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
    Unknown,
)
from freehold.ports.token_store import TokenStore

POLL_AFTER_S = 3
ASK_AGAIN_AFTER = timedelta(seconds=30)
PROMPT_LIVES_S = 120  # the prompt about a minute, and its message as long again
REFUSED_IN_ADDRESSES = ("mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query")

SILENCE_IS_FINAL_AFTER_S = 15 * 60
"""A prompt lives for a minute; what Safaricom does not know of it then, it never will."""

CAPABILITIES = Capabilities(
    currencies=frozenset({CURRENCY}),
    min_minor={CURRENCY: requests.SHILLING},
    step_minor={CURRENCY: requests.SHILLING},
    manual_capture=False,
    cancel=False,
    partial_refund=True,
    refund_is_async=False,
    refund_window_days=None,
    payout=True,
    signed_webhooks=False,
    ledger=False,
    multi_attempt_object=False,
    idempotent_create=False,
    idempotent_refund=True,
    create_again_after_s=PROMPT_LIVES_S,
    final_after_s=SILENCE_IS_FINAL_AFTER_S,
    keyless_payouts=frozenset({"expense"}),
    needs_phone=True,
)


class MpesaProvider:
    """Raises ValueError for a certificate that cannot be read."""

    def __init__(self, settings: MpesaSettings, tokens: TokenStore) -> None:
        self._settings = settings
        self._http = Daraja(settings, tokens)
        self._key = public_key(settings.certificate) if settings.certificate else None
        self._secret = f"{settings.consumer_secret}\n{settings.passkey}".encode()
        self._reader = Reader(settings, self._secret)

    @property
    def slug(self) -> str:
        return "mpesa"

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def caps(self) -> Capabilities:
        return CAPABILITIES

    # --- payments ---------------------------------------------------------------------------------------

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot:
        """Pushes the prompt. Not repeatable while it may live: see `create_again_after_s`."""
        if req.capture != "automatic":
            raise Misconfigured("M-Pesa holds no money back", code="capture_not_supported")
        phone = requests.phone_number(req.payer.phone_e164)
        asked = str(req.amount.minor)
        body = requests.push(
            self._settings,
            amount=req.amount,
            phone=phone,
            reference=req.reference,
            description=req.description,
            callback=self._keyed(req.notify_url, Address("payment", id=req.payment_id, asked=asked)),
        )
        try:
            answer = self._http.write(requests.STK_PUSH, body)
        except AlreadySent as error:
            raise Unknown(str(error), code=error.code) from error
        object_id = text(answer.get("CheckoutRequestID"))
        if not object_id:
            raise Unknown("M-Pesa accepted a push without naming it")
        facts = Facts(
            asked=asked,
            phone=phone,
            our_id=req.payment_id,
            notify_url=req.notify_url,
            conversation=text(answer.get("MerchantRequestID")),
        )
        page = f"{self._settings.phone_page}{phone}" if self._settings.phone_page else None
        prompt = NextAction("phone_prompt", url=page, text=masked(phone), poll_after_s=POLL_AFTER_S)
        return snapshot(object_id, None, facts, PaymentState.PENDING, next_action=prompt, raw=answer)

    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot:
        """Queries the push. M-Pesa forgets pushes: what was once verified as paid is told from what we know."""
        facts = Facts.of(ref)
        if facts.paid and ref.charge_id:
            return snapshot(ref.object_id, ref.charge_id, facts, PaymentState.PAID)
        try:
            answer = self._http.ask(requests.STK_QUERY, requests.push_query(self._settings, ref.object_id))
        except StillProcessing:
            return snapshot(ref.object_id, None, facts, PaymentState.PROCESSING)
        code = text(answer.get("ResultCode"))
        state, kind = outcome(code)
        if state is PaymentState.PAID:
            return self._paid(ref.object_id, facts, answer)
        failed = code if kind else None
        return snapshot(ref.object_id, None, facts, state, error_code=failed, error_kind=kind, raw=answer)

    def _paid(self, object_id: str, facts: Facts, answer: Mapping[str, object]) -> PaymentSnapshot:
        """The query says that it is paid: rules 2 and 3 of `facts`."""
        if facts.heard_receipt and facts.heard and facts.heard == facts.asked:
            at = facts.heard_at or datetime.now(UTC).isoformat()
            known = replace(facts, paid=facts.heard, paid_at=at, phone=facts.phone or facts.heard_phone)
            return snapshot(object_id, facts.heard_receipt, known, PaymentState.PAID, raw=answer)
        names = _named(receipt=facts.heard_receipt, conversation=facts.conversation or facts.heard_conversation)
        now = datetime.now(UTC)
        if _is_older(facts.status_asked_at, ASK_AGAIN_AFTER, now):
            about = Address("payment-status", id=facts.our_id, object=object_id, asked=facts.asked)
            self._ask_status(facts.notify_url, about, names, self._settings.shortcode)
            facts = replace(facts, status_asked_at=now.isoformat())
        return snapshot(object_id, None, facts, PaymentState.PROCESSING, raw=answer)

    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot:
        """No browser comes back from a telephone: ask M-Pesa."""
        return self.fetch_payment(ref)

    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot:
        raise Misconfigured("M-Pesa holds no money back", code="capture_not_supported")

    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot:
        """A prompt cannot be taken back; the snapshot tells whether it has lapsed."""
        return self.fetch_payment(ref)

    # --- refunds ----------------------------------------------------------------------------------------

    def refund(self, req: RefundRequest) -> RefundSnapshot:
        """All that was paid is reversed; a part of it is sent to the payer's telephone."""
        facts, receipt = Facts.of(req.ref), req.ref.charge_id
        paid = money(facts.paid)
        if paid is None or not receipt:
            raise Misconfigured("nothing is known of this payment's receipt", code="receipt_unknown")
        if req.amount > paid:
            raise Declined("more than was paid", code="refund_exceeds_received")
        name = self._reverse(req, facts, receipt) if req.amount == paid else self._send_back(req, facts)
        payment = ProviderRef(req.ref.object_id)
        return RefundSnapshot(str(name), RefundState.PENDING, req.amount, payment=payment)

    def _reverse(self, req: RefundRequest, facts: Facts, receipt: str) -> Name:
        answer, late = self._answers_at(facts.notify_url, Address("refund", req.refund_id, req.ref.object_id))
        body = requests.reversal(
            self._settings,
            credential=self._credential(),
            receipt=receipt,
            amount=req.amount,
            reason=req.reason,
            answer=answer,
            late=late,
        )
        return self._started("rv", req.refund_id, requests.REVERSAL, body)

    def _send_back(self, req: RefundRequest, facts: Facts) -> Name:
        name = Name("rf", req.refund_id)
        answer, late = self._answers_at(facts.notify_url, Address("refund", req.refund_id, req.ref.object_id))
        body = requests.to_customer(
            self._settings,
            credential=self._credential(),
            conversation=name.conversation,
            amount=req.amount,
            phone=requests.phone_number(facts.phone),
            remarks=req.reason,
            answer=answer,
            late=late,
        )
        self._started("rf", req.refund_id, requests.B2C, body)
        return name

    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot:
        """Asks M-Pesa, which answers by a message: until then the refund is `pending`."""
        name = _read(provider_id)
        about = Address("refund-status", name.our_id, provider_id)
        out = self._settings.shortcode if name.way == "rv" else self._settings.paying_out
        self._ask_status(Facts.of(ref).notify_url, about, _named(conversation=name.conversation), out)
        return RefundSnapshot(provider_id, RefundState.PENDING, None, payment=ProviderRef(ref.object_id))

    # --- payouts ----------------------------------------------------------------------------------------

    def payout(self, req: PayoutRequest) -> PayoutSnapshot:
        """To a telephone (`msisdn`), or to a paybill or till (`shortcode`, `account`)."""
        answer, late = self._answers_at(req.notify_url, Address("payout", req.payout_id))
        if "shortcode" in req.destination:
            body = requests.to_business(
                self._settings,
                credential=self._credential(),
                amount=req.amount,
                receiver=requests.shortcode(req.destination["shortcode"]),
                account=req.destination.get("account", ""),
                remarks=req.description,
                answer=answer,
                late=late,
            )
            name = self._started("bb", req.payout_id, requests.B2B, body)
        else:
            name = Name("po", req.payout_id)
            body = requests.to_customer(
                self._settings,
                credential=self._credential(),
                conversation=name.conversation,
                amount=req.amount,
                phone=requests.phone_number(req.destination.get("msisdn")),
                remarks=req.description,
                answer=answer,
                late=late,
            )
            self._started("po", req.payout_id, requests.B2C, body)
        return PayoutSnapshot(str(name), PayoutState.PENDING, req.amount)

    def fetch_payout(self, provider_id: str) -> PayoutSnapshot:
        """Asks M-Pesa, which answers by a message: until then the payout is `pending`."""
        name = _read(provider_id)
        about = Address("payout-status", name.our_id, provider_id)
        self._ask_status("", about, _named(conversation=name.conversation), self._settings.paying_out)
        return PayoutSnapshot(provider_id, PayoutState.PENDING, None)

    # --- what arrives, and the rest -----------------------------------------------------------------------

    def parse_inbound(self, req: Inbound) -> Parsed:
        """Raises BadSignature for a sender outside of the account's list of addresses."""
        return self._reader.parse(req)

    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]:
        """M-Pesa has no list to ask for: its statement is imported."""
        return iter(())

    def register_c2b_addresses(self, *, confirmation_url: str, validation_url: str, completes: bool = True) -> None:
        """Where M-Pesa announces what payers send by themselves. In live mode it can be done once only.

        `completes`: whether a payment goes through when we cannot be reached to validate it. Raises ValueError for an
        address that M-Pesa refuses.
        """
        for url in (confirmation_url, validation_url):
            if any(word in url.lower() for word in REFUSED_IN_ADDRESSES):
                raise ValueError("M-Pesa refuses addresses that contain " + ", ".join(REFUSED_IN_ADDRESSES))
        body = {
            "ShortCode": self._settings.shortcode,
            "ResponseType": "Completed" if completes else "Cancelled",
            "ConfirmationURL": confirmation_url,
            "ValidationURL": validation_url,
        }
        self._http.write(requests.C2B_REGISTER, body)

    # --- parts --------------------------------------------------------------------------------------------

    def _started(self, way: Way, our_id: str, path: str, body: Mapping[str, object]) -> Name:
        """A conversation id that M-Pesa knows already means that the request was sent before."""
        try:
            answer = self._http.write(path, body)
        except AlreadySent as error:
            if way in OURS:
                return Name(way, our_id)
            raise Unknown(str(error), code=error.code) from error
        return Name(way, our_id, text(answer.get("OriginatorConversationID")))

    def _ask_status(self, notify_url: str, about: Address, names: dict[str, str], shortcode: str) -> None:
        answer, late = self._answers_at(notify_url, about)
        credential = self._credential()
        body = requests.status(
            self._settings, credential=credential, shortcode=shortcode, names=names, answer=answer, late=late
        )
        with suppress(AlreadySent, StillProcessing):  # the same question is on its way
            self._http.ask(requests.STATUS, body)

    def _answers_at(self, notify_url: str, about: Address) -> tuple[str, str]:
        url = notify_url or self._settings.notify_url
        if not url:
            raise Misconfigured("no address for M-Pesa's answer is known", code="no_notify_url")
        return self._keyed(url, about), self._keyed(url, replace(about, late="1"))

    def _keyed(self, url: str, about: Address) -> str:
        return address.keyed(url, about, secret=self._secret)

    def _credential(self) -> str:
        return security_credential(self._settings.initiator_password, self._key)


def _is_older(moment: str, age: timedelta, now: datetime) -> bool:
    return not moment or now - datetime.fromisoformat(moment) > age


def _named(*, receipt: str = "", conversation: str = "") -> dict[str, str]:
    if receipt:
        return {"TransactionID": receipt}
    if conversation:
        return {"OriginalConversationID": conversation}
    raise Misconfigured("nothing is known by which M-Pesa could find this transaction", code="nothing_to_ask_by")


def _read(provider_id: str) -> Name:
    name = read_name(provider_id)
    if name is None:
        raise Misconfigured("this is no refund or payout of M-Pesa", code="unknown_object")
    return name
