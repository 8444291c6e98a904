"""What M-Pesa sends: results of pushes, of our other requests, of our questions, and credits of payers.

Nothing is signed. A message is an answer of M-Pesa, and its hint a fact, when it came to an address that we gave out
for exactly this object (see `address`) and when M-Pesa offers no way to ask at once: refunds, payouts and the status of
transactions. The result of a push stays a reason to query in every case, for which M-Pesa has a synchronous question.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from freehold.adapters.credits import mpesa_c2b
from freehold.adapters.credits.values import moment, money, part, read_json, text
from freehold.adapters.masking import with_masked
from freehold.adapters.payments.mpesa import address
from freehold.adapters.payments.mpesa.address import About, Address
from freehold.adapters.payments.mpesa.codes import ALREADY_REVERSED, DONE, DUPLICATE, outcome
from freehold.adapters.payments.mpesa.facts import CURRENCY, Facts, snapshot
from freehold.adapters.payments.mpesa.names import Name, read_name
from freehold.adapters.payments.mpesa.settings import MpesaSettings
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState, PayoutState, RefundState
from freehold.ports.credit_source import UnreadableNotice
from freehold.ports.payment_gateway import (
    BadSignature,
    Hint,
    Inbound,
    Parsed,
    PayoutSnapshot,
    ProviderEvent,
    ProviderRef,
    RefundSnapshot,
    Subject,
)

ACCEPTED = mpesa_c2b.RECEIVED
PEOPLE = frozenset(
    {
        "PhoneNumber",
        "MSISDN",
        "ReceiverPartyPublicName",
        "DebitPartyName",
        "CreditPartyName",
        "DebitPartyPublicName",
        "CreditPartyPublicName",
    }
)
SUBJECTS: dict[About, Subject] = {
    "payment": "payment",
    "payment-status": "payment",
    "refund": "refund",
    "refund-status": "refund",
    "payout": "payout",
    "payout-status": "payout",
}
LONGEST_ID = 100
LONGEST_CODE = 20
COMPLETED = "completed"
NEVER_WAS = frozenset({"failed", "declined", "cancelled", "expired"})


class Reader:
    def __init__(self, settings: MpesaSettings, secret: bytes) -> None:
        self._settings = settings
        self._secret = secret

    def parse(self, req: Inbound) -> Parsed:
        # A stored message that is read again has no sender: it was checked when it came.
        if self._settings.allowed_ips and req.remote_ip and req.remote_ip not in self._settings.allowed_ips:
            raise BadSignature("not one of M-Pesa's addresses")
        if mpesa_c2b.is_validation(req):
            return Parsed((), mpesa_c2b.WELCOME)
        try:
            body = read_json(req.body)
            event = self._event(body, address.read(req.query, secret=self._secret), req)
        except (UnreadableNotice, ValueError, TypeError):
            event = None
        return Parsed((event or _unreadable(req.body),), ACCEPTED)

    def _event(self, body: dict[str, object], about: Address | None, req: Inbound) -> ProviderEvent | None:
        if callback := part(part(body, "Body"), "stkCallback"):
            return _push_result(callback, about)
        if result := part(body, "Result"):
            return _result(result, about)
        if about is not None and about.late:
            return _question(about, f"{about.about}.timeout", f"late:{about.about}:{about.object}:{about.id}")
        if "TransID" in body:
            return self._credit(body)
        return None

    def _credit(self, body: dict[str, object]) -> ProviderEvent:
        notice = mpesa_c2b.read_notice(body, shortcode=self._settings.shortcode)
        return ProviderEvent(
            dedupe_key=f"c2b:{notice.external_id}",
            subject="credit",
            object_id=notice.external_id,
            type="c2b.confirmation",
            hint=notice,
            trusted=False,
            occurred_at=notice.value_time,
        )


# --- the push -------------------------------------------------------------------------------------------------


def _push_result(callback: Mapping[str, object], about: Address | None) -> ProviderEvent | None:
    """The hint's reference carries what the fetch has to verify."""
    object_id, code = text(callback.get("CheckoutRequestID")), text(callback.get("ResultCode"))
    if not 0 < len(object_id) <= LONGEST_ID or not 0 < len(code) <= LONGEST_CODE:
        return None
    known = about if about is not None and about.about == "payment" else None
    items = _items(callback, "CallbackMetadata", "Item", "Name")
    amount = _amount(items.get("Amount"))
    at = moment(items.get("TransactionDate"))
    facts = Facts(
        asked=known.asked if known else "",
        our_id=known.id if known else "",
        heard_phone=text(items.get("PhoneNumber"))[:LONGEST_CODE],
        heard_conversation=text(callback.get("MerchantRequestID"))[:LONGEST_ID],
        heard=str(amount.minor) if amount else "",
        heard_receipt=text(items.get("MpesaReceiptNumber"))[:LONGEST_CODE],
        heard_at=at.isoformat() if at else "",
    )
    state, kind = outcome(code)
    # Told, not verified: a message alone makes nothing paid.
    told = PaymentState.PROCESSING if state is PaymentState.PAID else state
    error = code if kind else None
    raw = with_masked(dict(callback), PEOPLE)
    return ProviderEvent(
        dedupe_key=f"stk:{object_id}:{code}:{facts.heard_receipt}:{facts.heard}",
        subject="payment",
        object_id=object_id,
        type=f"stk.{code}",
        hint=snapshot(object_id, None, facts, told, error_code=error, error_kind=kind, raw=raw),
        trusted=False,
        our_id=known.id if known else None,
        occurred_at=at,
    )


# --- results of requests and of questions ---------------------------------------------------------------------


def _result(result: Mapping[str, object], about: Address | None) -> ProviderEvent:
    code = text(result.get("ResultCode"))[:LONGEST_CODE]
    conversation = text(result.get("OriginatorConversationID"))[:LONGEST_ID]
    raw = with_masked(dict(result), PEOPLE)
    if about is None:
        # Without our code it proves nothing, but it may concern something that we can ask about.
        name = read_name(conversation)
        subject: Subject = "refund" if name and name.way == "rf" else "payout" if name else "other"
        digest = sha256(repr(sorted(raw.items())).encode()).hexdigest()[:24]
        return ProviderEvent(
            dedupe_key=f"unasked:{digest}",
            subject=subject,
            object_id=conversation or None,
            type=f"result.{code}",
            hint=None,
            trusted=False,
            our_id=name.our_id if name else None,
        )
    key = f"{about.about}:{about.id}:{conversation}:{code}:{about.late}"
    items = _items(result, "ResultParameters", "ResultParameter", "Key")
    if about.late or (code in DUPLICATE and not about.about.endswith("-status")):
        return _question(about, f"{about.about}.{'timeout' if about.late else code}", key, conversation)
    hint, object_id = _fact(about, code, text(result.get("ResultDesc")), conversation, items, raw)
    return ProviderEvent(
        dedupe_key=key,
        subject=SUBJECTS[about.about] if hint else "other",
        object_id=object_id or None,
        type=f"{about.about}.{code}",
        hint=hint,
        trusted=True,
        our_id=about.id or None,
        occurred_at=_when(items),
    )


def _question(about: Address, type_: str, key: str, conversation: str = "") -> ProviderEvent:
    """M-Pesa does not say what became of it: ask."""
    object_id = _provider_id(about, conversation) if about.about in ("refund", "payout") else about.object
    return ProviderEvent(
        dedupe_key=key,
        subject="other" if about.about.endswith("-status") else SUBJECTS[about.about],
        object_id=object_id or None,
        type=type_,
        hint=None,
        trusted=False,
        our_id=about.id or None,
    )


def _fact(
    about: Address,
    code: str,
    description: str,
    conversation: str,
    items: Mapping[str, object],
    raw: Mapping[str, object],
) -> tuple[Hint | None, str]:
    """What the answer says, and the object that it is about; no hint where it says nothing final."""
    failed = code != DONE
    amount = _amount(items.get("TransactionAmount")) or _amount(items.get("Amount"))
    match about.about:
        case "payment-status":
            return _verified(about, items, amount, failed, raw), about.object
        case "refund" | "refund-status":
            provider_id = about.object if about.about == "refund-status" else _provider_id(about, conversation)
            ended = _ended(about, code, description, items)
            if ended is None:
                return None, provider_id
            state = RefundState.SUCCEEDED if ended else RefundState.FAILED
            payment = ProviderRef(about.object) if about.about == "refund" else None
            error = None if ended else code
            return RefundSnapshot(provider_id, state, amount if ended else None, payment, error, raw), provider_id
        case "payout" | "payout-status":
            provider_id = about.object or _provider_id(about, conversation)
            ended = _ended(about, code, description, items)
            if ended is None:
                return None, provider_id
            paid = PayoutState.PAID if ended else PayoutState.FAILED
            error = None if ended else code
            return PayoutSnapshot(provider_id, paid, amount if ended else None, error, raw), provider_id
        case _:
            return None, about.object


def _ended(about: Address, code: str, description: str, items: Mapping[str, object]) -> bool | None:
    """True when the money went, False when it did not and will not, None when this cannot be told yet."""
    if not about.about.endswith("-status"):
        reversed_before = code == ALREADY_REVERSED and "already" in description.lower()
        return code == DONE or reversed_before
    if code != DONE:
        return None  # the question failed, which says nothing about the money
    said = text(items.get("TransactionStatus")).lower()
    return True if said == COMPLETED else False if said in NEVER_WAS else None


def _verified(
    about: Address, items: Mapping[str, object], amount: Money | None, failed: bool, raw: Mapping[str, object]
) -> Hint | None:
    """Rule 3 of `facts`: the status of the transaction, at whatever amount it tells."""
    receipt = text(items.get("ReceiptNo"))
    if failed or amount is None or not receipt or text(items.get("TransactionStatus")).lower() != COMPLETED:
        return None
    at = _when(items) or datetime.now(UTC)
    facts = Facts(asked=about.asked, our_id=about.id, paid=str(amount.minor), paid_at=at.isoformat())
    return snapshot(about.object, receipt, facts, PaymentState.PAID, raw=raw)


def _provider_id(about: Address, conversation: str) -> str:
    """What this refund or payout was called when it was asked for."""
    if read_name(conversation) is not None:
        return conversation
    return str(Name("rv" if about.about.startswith("refund") else "bb", about.id, conversation)) if conversation else ""


# --- parts ----------------------------------------------------------------------------------------------------


def _items(body: Mapping[str, object], outer: str, inner: str, name: str) -> dict[str, object]:
    """The named values, of a list or of one bare object."""
    listed = part(body, outer).get(inner)
    each_one = listed if isinstance(listed, list) else [listed]
    return {text(one.get(name)): one.get("Value") for one in each_one if isinstance(one, dict)}


def _amount(value: object) -> Money | None:
    try:
        return money(value, CURRENCY)
    except UnreadableNotice:
        return None


def _when(items: Mapping[str, object]) -> datetime | None:
    for name in ("FinalisedTime", "TransactionCompletedDateTime", "TransCompletedTime", "InitiatedTime"):
        if found := moment(items.get(name)):
            return found
    return None


def _unreadable(body: bytes) -> ProviderEvent:
    """Kept, so that nothing is lost."""
    return ProviderEvent(
        dedupe_key=f"sha256:{sha256(body).hexdigest()}",
        subject="other",
        object_id=None,
        type="unreadable",
        hint=None,
        trusted=False,
    )
