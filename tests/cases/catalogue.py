"""The 48 ways in which a payment can go wrong: whom each concerns, and what keeps it from doing harm.

A test is named after its case: `test_case_27_...`, or `test_case_26_and_27_...` where one story shows both. Who it is
green for, `proofs` reads from its decorator or its file. `python -m tests.cases.table` writes docs/payment-cases.md.

`guard` is the code that holds. `control` is the proof that the tests would notice if it were gone: a twin among the
tests (its name), or what was taken away by hand once, and what failed then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

GATEWAYS = ("stripe", "razorpay", "bkash", "mpesa")
OTHERS = ("transfer", "sandbox")
"""Transfers and credit notices of banks, and the gateway that is for development alone."""

COLUMNS = (*GATEWAYS, *OTHERS)


@dataclass(frozen=True, slots=True)
class Case:
    number: int
    title: str
    holds: str  # what must be true afterwards
    concerns: tuple[str, ...]
    guard: str
    control: str
    why_not: Mapping[str, str] = field(default_factory=dict)  # of GATEWAYS: every one that it does not concern


ASKED_AGAIN = "what it sends is unsigned and only a reason to ask: case 36 stands in its place"
SIGNED_FIELDS = "Amazon signs the fields, not the bytes: the same fields in other bytes are the same message"
ONLY_RAZORPAY = "only Razorpay goes on asking the bank about a payment that it has called failed"
ONLY_BKASH = "only bKash charges when the merchant executes"
ONLY_MPESA = "only M-Pesa asks on a telephone"
FIRST_FAIL = "it tells of one try only: a push and its failure are one object, a new try is a new attempt"
TELLS_TOTALS = "the checkout takes exactly what was asked; it knows no transfers"
NO_DISPUTES = "mobile money is not charged back: nothing of that kind is in its interface"
NO_LEDGER = "it has no list of movements to ask for; its statement is imported"
TOLD_BY_RESULT = "a refund has one result: what has succeeded does not fail later"


CASES: tuple[Case, ...] = (
    Case(
        1,
        "The same event ten times, five at once",
        "one transition, one letter, one ledger entry",
        GATEWAYS,
        guard="unique (account, dedupe key) of events; one charge per id; the folio's lock",
        control="tests/race/test_money_races.py::test_without_locks_only_the_constraint_stands_between",
    ),
    Case(
        2,
        "A body that was tampered with, a wrong secret, no signature",
        "400, nothing is kept, the hold stays",
        ("stripe", "razorpay", "bkash", "sandbox"),
        guard="the adapter's `parse_inbound` verifies before anything is stored",
        control="tests/apps/payments/test_gateway_events.py::test_the_same_bytes_with_the_right_signature_are_believed",
        why_not={"mpesa": ASKED_AGAIN},
    ),
    Case(
        3,
        "A valid signature that is 301 seconds old",
        "refused",
        ("stripe", "sandbox"),
        guard="`age_s` in adapters/payments/timed_signature.py",
        control="by hand: the age was not compared; 301 seconds were accepted",
        why_not={
            "razorpay": "its signature carries no time: what is replayed is known by its event id (case 1)",
            "bkash": "Amazon repeats messages for days: what is replayed is known by its MessageId (case 1)",
            "mpesa": ASKED_AGAIN,
        },
    ),
    Case(
        4,
        "The body is written anew on the way",
        "the raw bytes are verified, and kept as they came",
        ("stripe", "razorpay", "sandbox"),
        guard="the webhook's view reads the request's bytes and no parser does",
        control="tests/apps/payments/test_gateway_events.py::test_odd_spacing_is_kept_and_verified_as_it_came",
        why_not={"bkash": SIGNED_FIELDS, "mpesa": ASKED_AGAIN},
    ),
    Case(
        5,
        "The secret was replaced, a message of the old one arrives",
        "accepted while both count, refused afterwards",
        ("stripe", "razorpay", "sandbox"),
        guard="two secrets per account (`rotate_account_secret`), all compared",
        control="tests/apps/payments/test_gateway_events.py::test_the_old_secret_is_refused_afterwards",
        why_not={
            "bkash": "signed with Amazon's key, whose certificate the message names; there is no secret of ours",
            "mpesa": "no secret is shared for messages; its addresses carry codes of their own",
        },
    ),
    Case(
        6,
        "Everything that is told of a payment, in every order",
        "paid in the end",
        GATEWAYS,
        guard="`next_state` ranks states; a snapshot describes the whole object",
        control="by hand: `next_state` took what was said last; the database refused it, messages stayed unread",
    ),
    Case(
        7,
        "Failed, told after paid",
        "stays paid",
        GATEWAYS,
        guard="`next_state`: paid never regresses; a trigger of the database says the same",
        control="by hand: as for case 6",
    ),
    Case(
        8,
        "Failed, and captured after all",
        "paid; the booking is confirmed or the money goes back",
        ("razorpay",),
        guard="`next_state` lets late money in from every end",
        control="by hand: ended states were made final; the money stayed at Razorpay for a failed payment",
        why_not=dict.fromkeys(("stripe", "bkash", "mpesa"), ONLY_RAZORPAY),
    ),
    Case(
        9,
        "A message before the call that made the object has returned",
        "kept, and applied when the object is known",
        ("stripe", "razorpay", "mpesa", "sandbox"),
        guard="our id in the object, or the payment's own address; else parked until the object is known",
        control="tests/apps/payments/test_gateway_events.py::"
        "test_an_event_without_our_id_is_parked_and_applied_when_the_object_is_known",
        why_not={"bkash": "it tells of executions only, and an execution needs what the creation answered"},
    ),
    Case(
        10,
        "A message about an object that nobody knows",
        "stored, 2xx, and a person looks; no loop of errors",
        GATEWAYS,
        guard="parked by `apply_event`, handed over by `revisit_parked`; unknown credits wait at the desk",
        control="by hand: an unknown object raised; no review was opened",
    ),
    Case(
        11,
        "Paid when the hold was over, and the room is free",
        "booked again",
        (*GATEWAYS, "transfer"),
        guard="`receive_money` claims anew",
        control="by hand: `_book_again` always said no; the money went back for a free room",
    ),
    Case(
        12,
        "Paid when the hold was over, and the room is taken",
        "all of it goes back once, and the guest is told",
        (*GATEWAYS, "transfer"),
        guard="`late_money` decides, one refund per cause and money",
        control="by hand: a taken room counted as money owed, and the excess was kept; nothing went back",
    ),
    Case(
        13,
        "Two providers are paid for one booking",
        "one is kept, the other goes back",
        GATEWAYS,
        guard="money closes the folio's other attempts; what comes twice is `ALREADY_PAID`",
        control="by hand: a second payment, and its excess, were kept; the books held both",
    ),
    Case(
        14,
        "A double click, two tabs",
        "one live object at the provider per attempt",
        GATEWAYS,
        guard="the folio's lock and one open attempt per folio (a unique constraint); the provider's idempotency",
        control="tests/cases/test_opening.py::test_without_the_folios_lock_two_clicks_would_be_two_attempts",
    ),
    Case(
        15,
        "The creation times out, and was executed",
        "the same object is found, nobody is charged twice",
        GATEWAYS,
        guard="the row and its key come before the call; `may_ask` where the provider knows no keys",
        control="by hand: Stripe's key was drawn anew for each call; there were two sessions that could be paid",
    ),
    Case(
        16,
        "The creation times out, and was not executed",
        "it is made again, safely",
        GATEWAYS,
        guard="`unknown` is a state: `open_at_gateway` continues the same attempt",
        control="by hand: `unknown` was made failed; the payer was refused or got a second attempt",
    ),
    Case(
        17,
        "500, HTML, an empty body",
        "`unknown` or `Retryable`, never a crash",
        GATEWAYS,
        guard="adapters read answers through `answers.read` and `answers.written`",
        control="by hand: razorpay/sdk.py looked neither at the status nor whether it was JSON; the nonsense raised",
    ),
    Case(
        18,
        "A smaller amount, another currency, another price",
        "a person looks; too little never confirms",
        GATEWAYS,
        guard="`judge_amount` in `record_charges`; `sound` in `apply_snapshot`",
        control="by hand: `judge_amount` called every amount enough; less than asked confirmed the booking",
    ),
    Case(
        19,
        "Too much by transfer",
        "confirmed, and the rest goes back or is credited",
        ("transfer",),
        guard="`settle` returns the excess, `receive_money` sends it back",
        control="by hand: `receive_money` kept the excess; nothing went back",
        why_not=dict.fromkeys(GATEWAYS, TELLS_TOTALS),
    ),
    Case(
        20,
        "Two transfers that reach the sum together",
        "confirmed once, at the sum",
        ("transfer",),
        guard="`record_charges` holds parts back until they are enough",
        control="by hand: every amount was enough, and no part a part; the first transfer confirmed",
        why_not=dict.fromkeys(GATEWAYS, TELLS_TOTALS),
    ),
    Case(
        21,
        "More is refunded than is left, twice at once",
        "the second is refused; never more than came",
        GATEWAYS,
        guard="`request_refund` under the folio's lock; a trigger sums refunds",
        control="tests/race/test_money_races.py::test_without_either_too_much_would_go_back",
    ),
    Case(
        22,
        "A refund times out",
        "it is asked about, not made again",
        GATEWAYS,
        guard="the refund's own key; the provider's list first where it knows no keys (`repeated`)",
        control="by hand: Stripe's key was drawn anew, and bKash's list was not looked at first; both gave back twice",
    ),
    Case(
        23,
        "A refund that succeeded, and failed then",
        "the balance is restored, a person is told",
        ("stripe", "razorpay"),
        guard="`apply_refund_snapshot` reverses the posting and opens a review",
        control="by hand: a refund that had succeeded was final; the books said that the money had gone",
        why_not={"bkash": TOLD_BY_RESULT, "mpesa": TOLD_BY_RESULT},
    ),
    Case(
        24,
        "A refund in the provider's dashboard",
        "recorded, and the booking flagged",
        ("stripe", "razorpay", "bkash"),
        guard="`note_refunded` compares the provider's total with ours",
        control="by hand: totals were not compared; the books held money that was gone",
        why_not={"mpesa": "a reversal on its portal is told to nobody and asked for by nobody: the statement shows it"},
    ),
    Case(
        25,
        "A chargeback is opened, won, lost",
        "flagged, payouts held, the ledger follows",
        ("stripe", "razorpay"),
        guard="`apply_dispute` posts what was withdrawn, state by state",
        control="by hand: `_move` posted nothing; both books differed",
        why_not={"bkash": NO_DISPUTES, "mpesa": NO_DISPUTES},
    ),
    Case(
        26,
        "The payer closes the browser after paying",
        "the message, or asking, completes it",
        GATEWAYS,
        guard="nothing waits for the browser: events and `reconcile_due`",
        control="by hand: messages were ignored, and `reconcile_due` took no rows; nothing completed it",
    ),
    Case(
        27,
        "The message is lost for good",
        "asking completes it within minutes",
        GATEWAYS,
        guard="`next_fetch_at` of every attempt, and `reconcile_due`",
        control="by hand: `reconcile_due` took no rows; the payment stayed pending",
    ),
    Case(
        28,
        "The browser comes back with a forged success",
        "the provider says no; it stays pending",
        GATEWAYS,
        guard="`complete_return` asks or executes; parameters are never believed",
        control="by hand: `status=success` was believed; the forged return confirmed",
    ),
    Case(
        29,
        "The return address of another person's payment",
        "404",
        GATEWAYS,
        guard="`find_payment` and the pages' own scope",
        control="by hand: the page and `confirm_return` looked as the system; the stranger was led on",
    ),
    Case(
        30,
        "bKash executes twice, or says 2117",
        "done, after asking",
        ("bkash",),
        guard="`_after_refusal` asks what the payment is",
        control="by hand: a refusal was passed on instead of asked about; the second return raised",
        why_not=dict.fromkeys(("stripe", "razorpay", "mpesa"), ONLY_BKASH),
    ),
    Case(
        31,
        "bKash's payer comes back after the deadline",
        "nothing is executed; expired",
        ("bkash",),
        guard="`_is_in_time` in the adapter, `expires_at` in `confirm_return`",
        control="by hand: both deadlines were ignored; the payer was charged",
        why_not=dict.fromkeys(("stripe", "razorpay", "mpesa"), ONLY_BKASH),
    ),
    Case(
        32,
        "bKash's token expires on the way; three renewals an hour",
        "one renewal under a lock, else a new grant",
        ("bkash",),
        guard="the shared token's lease (core/tokens.py); the hour's count of renewals",
        control="tests/race/test_shared_tokens.py::test_without_the_lease_every_caller_would_ask_the_vendor",
        why_not={
            "stripe": "its keys do not expire",
            "razorpay": "its keys do not expire",
            "mpesa": "tokens are granted as often as one asks; they are shared all the same",
        },
    ),
    Case(
        33,
        "A message that names a foreign certificate or subscription",
        "no request leaves the house",
        ("bkash",),
        guard="`_pinned` in adapters/payments/bkash/sns.py",
        control="by hand: `_pinned` let every address through; foreign certificates were asked for",
        why_not=dict.fromkeys(("stripe", "razorpay", "mpesa"), "its messages name no address that we would go to"),
    ),
    Case(
        34,
        "The prompt is cancelled, unreachable, without money, with a wrong PIN",
        "cancelled, expired, failed; the hold stays and another try is offered",
        ("mpesa",),
        guard="`codes.outcome` maps results; a failed attempt ends alone",
        control="by hand: every code was a failure; cancelled and expired were told as failed",
        why_not=dict.fromkeys(("stripe", "razorpay", "bkash"), ONLY_MPESA),
    ),
    Case(
        35,
        "The push's message is missing; it is processing, then done",
        "completed by asking",
        ("mpesa",),
        guard="`fetch_payment` asks the push, then the transaction's status",
        control="by hand: the transaction's status was not asked for; the payment stayed processing",
        why_not=dict.fromkeys(("stripe", "razorpay", "bkash"), ONLY_MPESA),
    ),
    Case(
        36,
        "A forged message: a bad token, an unknown push, a wrong amount",
        "refused, left alone, settled by M-Pesa's own books",
        ("mpesa",),
        guard="what is told is a hint only: `trusted` needs our address's code",
        control="by hand: what was told was trusted; the forged message paid",
        why_not=dict.fromkeys(("stripe", "razorpay", "bkash"), "its messages are signed: case 2"),
    ),
    Case(
        37,
        "A slip in the typed reference",
        "a credit that waits, and is allocated once",
        ("mpesa", "transfer"),
        guard="`match_credit` wants one booking without doubt; `allocate_credit` decides once",
        control="by hand: a reference of nobody took the latest booking; the credit paid the wrong one",
        why_not=dict.fromkeys(("stripe", "razorpay", "bkash"), "nobody types the reference of a checkout"),
    ),
    Case(
        38,
        "A payout's queue gives up, and it succeeded",
        "paid once, never sent again",
        ("mpesa",),
        guard="a timeout is a question: the status is asked for",
        control="by hand: the queue's time-out was read as a result; nobody asked what became of it",
        why_not=dict.fromkeys(("stripe", "razorpay", "bkash"), "it answers payouts at once, or under a key"),
    ),
    Case(
        39,
        "A payout's id was used before (15)",
        "asked for; counts as sent",
        ("mpesa",),
        guard="`AlreadySent` names the request that went before",
        control="by hand: 15 was a refusal; what had been sent was called failed",
        why_not=dict.fromkeys(("stripe", "razorpay", "bkash"), "a repeated key is answered with the first result"),
    ),
    Case(
        40,
        "A payout was paid, and failed or came back",
        "the owner's balance is restored",
        ("stripe", "razorpay"),
        guard="payout states move on from paid",
        control="by hand: Razorpay's `reversed` was read as paid; the money that came back was not told",
        why_not={
            "bkash": "it answers at once, and what has gone to a wallet is there",
            "mpesa": "a result is final: a payout that went is undone by a reversal of our own",
        },
    ),
    Case(
        41,
        "Amounts in JPY, KWD, KES, ISK",
        "exact both ways; KES 10.50 is refused for M-Pesa",
        (*GATEWAYS, "sandbox"),
        guard="exponents per provider (`amounts.py`), `min_minor` and `step_minor`",
        control="by hand: Stripe's table of decimals was not applied; ISK, UGX and MGA were off by a hundred",
    ),
    Case(
        42,
        "The price is changed while the provider's page is open",
        "the page is closed, or the amount is noticed",
        GATEWAYS,
        guard="`start_payment` closes an attempt of another amount; `_is_too_little` where the page cannot be closed",
        control="by hand: `_is_too_little` always said no; the old price paid for the new booking",
    ),
    Case(
        43,
        "The worker dies between the charge and the commit",
        "doing it again ends in the same place",
        GATEWAYS,
        guard="intent is committed first; keys, charge ids and event ids make repeats harmless",
        control="by hand: known charges were recorded again; the repeated message was refused by a constraint alone",
    ),
    Case(
        44,
        "Clocks that are ten minutes off",
        "holds follow the database's clock; a signature of the future is refused",
        GATEWAYS,
        guard="`freehold_now()` decides about holds; `lead_s` bounds signatures",
        control="by hand: `lead_s` was not compared, and `database_now` asked the machine; both were noticed",
    ),
    Case(
        45,
        "An event of test mode, or of another account",
        "refused, nothing is kept",
        ("stripe", "razorpay", "bkash", "sandbox"),
        guard="livemode, account or topic is compared when a message is read",
        control="by hand: livemode was not compared; the event of the other mode was kept",
        why_not={"mpesa": "its messages name no mode: the address belongs to one account, which is asked (case 36)"},
    ),
    Case(
        46,
        "The sandbox, a simulator or test keys in production",
        "Freehold does not start",
        (*GATEWAYS, "sandbox"),
        guard="config/env_gateways.py and config/gateways.py",
        control="by hand: the check of simulators was skipped; production started",
    ),
    Case(
        47,
        "The provider's books have what ours have not",
        "a line for a person, and nothing is mended in silence",
        ("stripe", "razorpay", "sandbox"),
        guard="`compare_ledgers` only reports",
        control="by hand: charges that only the provider knows were skipped; no line was written",
        why_not={"bkash": NO_LEDGER, "mpesa": NO_LEDGER},
    ),
    Case(
        48,
        "Keys, secrets and telephone numbers in logs",
        "in none, at any level",
        GATEWAYS,
        guard="`with_masked`, sealed next actions, quiet libraries",
        control="tests/gateways/test_case_48.py::test_case_48_is_no_accident",
    ),
)

BY_NUMBER = {case.number: case for case in CASES}
