"""The port that every payment provider stands behind.

The rooms own persistence, locks, de-duplication, amounts and holds; an adapter only translates between these
types and one vendor's wire. Three rules explain the shapes:

* Money is integer minor units plus an ISO currency; a vendor's own unit appears only inside its adapter.
* Every snapshot describes the *whole* provider object at one instant, never a difference, so that snapshots
  may be applied in any order and any number of times.
* A call that may have been executed raises `Unknown`. The caller then asks again (same key, or a fetch);
  it never creates a second object.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState, PayoutState, RefundState
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.token_store import TokenStore

type CaptureMode = Literal["automatic", "manual"]
type ErrorKind = Literal["payer", "config", "provider", "fraud"]
type Subject = Literal["payment", "refund", "payout", "dispute", "credit", "other"]


# --- payments ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Payer:
    """What a provider may be told about the person who pays."""

    email: str | None = None
    phone_e164: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class CreatePayment:
    """One attempt to collect money.

    A `payment_id` and `attempt` must always carry the same content: providers refuse a key
    that returns with another body. Store what was sent, and repeat exactly that.
    """

    payment_id: str  # our UUID
    attempt: int  # 1, 2, 3 ...
    reference: str  # human reference, for example "FH-7K2Q9M"
    amount: Money
    description: str
    payer: Payer
    return_url: str  # the browser comes back here; never proof of payment
    notify_url: str  # carries an unguessable per-payment token
    expires_at: datetime  # deadline of the inventory hold, aware
    capture: CaptureMode = "automatic"
    metadata: Mapping[str, str] = field(default_factory=dict)  # "merchant" is shown to the payer where supported
    keeps_method: bool = False  # it may be asked for again without the payer: the provider keeps how they pay
    saved_method: Mapping[str, str] = field(default_factory=dict)  # `extra` of the payment that kept it

    @property
    def idempotency_key(self) -> str:
        return f"pay:{self.payment_id}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class NextAction:
    """What the payer has to do next."""

    kind: Literal["none", "redirect", "client_sdk", "phone_prompt", "instructions"]
    url: str | None = None  # redirect; of a phone_prompt only a simulator's page, where it is answered
    client: Mapping[str, str] = field(default_factory=dict)  # client_sdk: public values for the browser
    text: str | None = None  # instructions
    poll_after_s: int | None = None  # phone_prompt


@dataclass(frozen=True, slots=True)
class ProviderRef:
    """How the provider names its object."""

    object_id: str  # pi_, cs_, order_, TR0011, ws_CO_ ...
    charge_id: str | None = None  # the latest charge: ch_, pay_, trxID, MpesaReceiptNumber
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that one act of the payer brought in.

    `charge_id` is unique per provider account: record each charge once and a payment paid twice shows as
    two charges instead of vanishing behind one status.
    """

    charge_id: str
    received: Money
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentSnapshot:
    """The provider's whole view of one payment object."""

    ref: ProviderRef
    state: PaymentState
    amount: Money | None  # what the provider says was asked
    received: Money | None  # what it says was collected so far: the sum of `charges`
    refunded: Money | None = None
    charges: tuple[Charge, ...] = ()  # oldest first
    next_action: NextAction = NextAction("none")
    error_code: str | None = None  # of the last failed attempt
    error_kind: ErrorKind | None = None
    occurred_at: datetime | None = None  # when the latest charge came in, if one did
    held_until: datetime | None = None  # of money that is held, not taken: when the bank lets it go, if told
    raw: Mapping[str, object] = field(default_factory=dict)


# --- refunds and payouts ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RefundRequest:
    refund_id: str  # our UUID
    ref: ProviderRef
    amount: Money
    reason: str
    repeated: bool = False  # it was asked for before, and the answer was lost
    known: frozenset[str] = frozenset()  # the provider's ids of this payment's other refunds

    @property
    def idempotency_key(self) -> str:
        return f"refund:{self.refund_id}"


@dataclass(frozen=True, slots=True)
class RefundSnapshot:
    """The provider's view of one refund. `payment` tells whose money it is when we did not ask for it."""

    provider_id: str | None
    state: RefundState
    amount: Money | None
    payment: ProviderRef | None = None
    error_code: str | None = None
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PayoutRequest:
    payout_id: str  # our UUID
    purpose: Literal["owner_payout", "expense", "refund"]
    amount: Money
    destination: Mapping[str, str]  # {"msisdn"} | {"shortcode", "account"} | {"acct"} | {"iban"}
    description: str
    notify_url: str

    @property
    def idempotency_key(self) -> str:
        return f"payout:{self.payout_id}"


@dataclass(frozen=True, slots=True)
class PayoutSnapshot:
    provider_id: str | None
    state: PayoutState
    amount: Money | None
    error_code: str | None = None
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DisputeSnapshot:
    """The provider's whole view of one chargeback."""

    provider_id: str
    state: DisputeState
    amount: Money | None  # what the payer wants back
    payment: ProviderRef | None = None
    # What is out of our balance because of it at this instant, fees apart; None: not said in the payment's currency.
    withdrawn: Money | None = None
    reason: str = ""
    respond_by: datetime | None = None
    raw: Mapping[str, object] = field(default_factory=dict)


type Hint = PaymentSnapshot | RefundSnapshot | PayoutSnapshot | DisputeSnapshot | CreditNotice


# --- what providers send to us ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inbound:
    """One HTTP request from outside, as it was received and stored."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # raw and untouched: signatures are over these bytes
    remote_ip: str
    token_ok: bool  # the per-payment token of the URL matched
    received_at: datetime  # aware; a signature's age is measured here, however late a worker comes to it


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One fact out of an inbound request.

    If `trusted`, the hint may be applied by its own content after amount, currency and account checks; else
    the event is only a reason to fetch. A fetch after an untrusted payment event is given the hint's own `ref` (its
    `extra` over what is stored): some providers name an object or a receipt only there, and the fetch verifies it.
    """

    dedupe_key: str  # unique per provider account
    subject: Subject
    object_id: str | None  # the provider's id of the subject
    type: str
    hint: Hint | None
    trusted: bool  # the signature was verified
    our_id: str | None = None  # our payment, refund or payout id where the provider echoes it
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """What the provider wants to hear."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Parsed:
    events: tuple[ProviderEvent, ...]
    ack: Ack


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of the provider's own books. Money that left the account is negative."""

    provider_id: str
    kind: Literal["payment", "refund", "fee", "payout", "dispute", "other"]
    amount: Money
    related_id: str | None  # the payment object or payout that the line belongs to
    occurred_at: datetime
    our_id: str | None = None  # our payment's id, where the provider echoes it


# --- the provider -----------------------------------------------------------------------------------------


AUTHORIZATION_DAYS = 5


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, so that the rooms ask this instead of its name."""

    currencies: frozenset[str]  # empty: any
    min_minor: Mapping[str, int]
    step_minor: Mapping[str, int]  # KES 100 for M-Pesa, KWD 10 for Stripe
    manual_capture: bool
    cancel: bool
    partial_refund: bool
    refund_is_async: bool  # a refund may still fail after it was reported as succeeded
    refund_window_days: int | None
    payout: bool
    signed_webhooks: bool
    ledger: bool  # list_ledger is implemented
    multi_attempt_object: bool  # one provider object survives a failed attempt
    idempotent_create: bool = True  # else a repeated creation leaves an object behind that nobody can pay
    idempotent_refund: bool = True  # else a repeated refund is found by what is not in `RefundRequest.known`
    # So long after an attempt was opened (after the payer's deadline, where one object takes several attempts) silence
    # is final; None: nothing is known about that.
    final_after_s: int | None = None
    create_again_after_s: int = 0  # a creation without an answer is repeated only then: a message may name its object
    keyless_payouts: frozenset[str] = frozenset()  # purposes that are never repeated after Unknown, only waited for
    partial_capture: bool = True  # less than what is held can be taken, and the rest let go
    saved_methods: bool = False  # `keeps_method` and `saved_method` are understood
    authorization_days: int = AUTHORIZATION_DAYS  # how long money is held for us, where the snapshot does not tell
    fetch: bool = True  # else nobody is asked: a person's record or a credit notice tells that money came
    needs_phone: bool = False  # the payer is asked on a telephone: `Payer.phone_e164` is needed
    tells_giving_up: bool = True  # `fetch_payment` knows of it; else only the payer's browser tells, if it comes back
    refund_by_hand: bool = False  # refunds are declined as `by_hand`: a person sends the money and records it

    @property
    def rings_unnamed(self) -> bool:
        """A creation whose answer was lost is paid all the same, and asking again makes another."""
        return self.needs_phone and not self.idempotent_create


class ProviderError(Exception):
    """A call to the provider did not bring a snapshot. `code` is the provider's own."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Declined(ProviderError):
    """Final, on the payer's side or by the state of the object. Repeating does not help."""


class Misconfigured(ProviderError):
    """Keys, account or our own request are wrong: a person has to look."""


class Retryable(ProviderError):
    """Definitely not executed: the same call may be repeated later."""


class Unknown(ProviderError):
    """May have been executed. Ask again with the same key or fetch; never create anew."""


class BadSignature(ProviderError):
    """The request is not what our provider account signed. It must change nothing."""


class WrongAccount(BadSignature):
    """Properly signed, but for another account or mode. It must change nothing either."""


class PaymentProvider(Protocol):
    """One provider account. Methods may raise `ProviderError`; none opens a transaction or writes a row."""

    @property
    def slug(self) -> str: ...
    @property
    def account(self) -> str: ...  # with the slug, the scope in which dedupe keys and charge ids are unique
    @property
    def caps(self) -> Capabilities: ...

    def create_payment(self, req: CreatePayment) -> PaymentSnapshot: ...
    def fetch_payment(self, ref: ProviderRef) -> PaymentSnapshot: ...
    def complete_return(self, ref: ProviderRef, params: Mapping[str, str]) -> PaymentSnapshot: ...
    def capture_payment(self, ref: ProviderRef, amount: Money, key: str) -> PaymentSnapshot: ...
    def cancel_payment(self, ref: ProviderRef, key: str) -> PaymentSnapshot: ...
    def refund(self, req: RefundRequest) -> RefundSnapshot: ...
    def fetch_refund(self, provider_id: str, ref: ProviderRef) -> RefundSnapshot: ...
    def payout(self, req: PayoutRequest) -> PayoutSnapshot: ...
    def fetch_payout(self, provider_id: str) -> PayoutSnapshot: ...
    def parse_inbound(self, req: Inbound) -> Parsed: ...
    def list_ledger(self, since: datetime, until: datetime) -> Iterator[LedgerLine]: ...


# --- connecting an account ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountField:
    """One thing that an account at this provider is described by: a line of the form that connects it."""

    name: str
    label: str
    secret: bool = False  # sealed at rest, never shown again
    required: bool = True
    help: str = ""
    rotates: bool = False  # while it is being replaced: two values, the new one first, separated by a comma
    lines: bool = False  # of several lines


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """One account at a provider. With the slug, `account` is the scope of dedupe keys and charge ids."""

    account: str
    livemode: bool
    values: Mapping[str, str]  # by the names of the provider's `AccountField`s, secrets opened
    tokens: TokenStore
    base_url: str = ""  # empty: the provider's own for the mode; a simulator's in a demonstration
    notify_url: str = ""  # the account's own endpoint here, for answers that come later and belong to no payment


@dataclass(frozen=True, slots=True)
class DestinationField:
    """One thing by which a payee is found at this provider; `pattern` is what its text looks like, without spaces."""

    name: str
    label: str
    pattern: str
    required: bool = True
    help: str = ""
    is_name: bool = False  # words, which keep their spaces and may be shown


@dataclass(frozen=True, slots=True)
class DestinationShape:
    """One kind of place where this provider brings money. `PayoutRequest.destination` has its fields by name.

    `keyless`: a payout to it is never repeated after Unknown, only waited for.
    """

    name: str
    label: str
    fields: tuple[DestinationField, ...]
    keyless: bool = False


@dataclass(frozen=True, slots=True)
class Connector:
    """How accounts of one provider are connected. `connect` raises ValueError, naming the field, for a bad value.

    `quiet_address`: the provider refuses addresses that name it; then ours do not. `destinations`: where it can bring
    money; none when it pays nobody out. `script_origins`: what the provider's own script loads from and talks to, where
    it runs in our page; no other page lets it in.
    """

    slug: str
    label: str
    fields: tuple[AccountField, ...]
    connect: Callable[[AccountConfig], PaymentProvider]
    quiet_address: bool = False
    script_origins: tuple[str, ...] = ()
    destinations: tuple[DestinationShape, ...] = ()
