"""The entries that business facts make: drafts of balanced postings, stored by `finance`.

A posting is a signed amount on an account: debit positive, credit negative; an entry sums to zero per
currency. One folio's story, with what each account holds after it:

    booking_charged      the guest owes the total; it is not yet earned
    payment_received     the gateway (the bank, the till) holds the money; the guest owes less
    booking_cancelled    the charge is taken back whole
    cancellation_fee     what is kept is owed instead
    refund_issued        what the guest paid too much becomes a debt of ours
    refund_paid          the gateway (the bank, the till) paid that debt
    reduction_granted    the host lets the guest off a part of the charge, taxes in proportion
    stay_earned          after the stay, what was unearned is revenue

In the end receivable, refunds payable and customer credit of the folio are zero. A mistake is mended by
`reversal(entry)`, never by an edit. Amounts given to these functions are not negative.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from freehold.domain.errors import DomainError
from freehold.domain.money import CurrencyMismatch, Money


class Account(StrEnum):
    GATEWAY_CLEARING = "gateway_clearing"  # asset: money that a gateway holds for us
    BANK = "bank"  # asset
    CASH = "cash"  # asset: in the till
    ELSEWHERE = "elsewhere"  # asset: came in before these books were kept, wherever it is by now
    RECEIVABLE = "receivable"  # asset: what guests owe
    UNEARNED = "unearned"  # liability: charged for stays that are still to come, deposits included
    TAX_PAYABLE = "tax_payable"  # liability
    REFUNDS_PAYABLE = "refunds_payable"  # liability: refunds decided, not yet paid
    DEPOSITS_HELD = "deposits_held"  # liability: damage deposits that were charged, and go back unless something broke
    CUSTOMER_CREDIT = "customer_credit"  # liability: money received that pays for nothing yet
    REVENUE = "revenue"  # income
    CANCELLATION_REVENUE = "cancellation_revenue"  # income: what a cancellation keeps
    DAMAGE_INCOME = "damage_income"  # income: what was kept of damage deposits
    GATEWAY_FEES = "gateway_fees"  # expense
    GATEWAY_DIFFERENCES = "gateway_differences"  # expense: money in our books that a gateway does not know
    DISPUTED = "disputed"  # asset: taken back by payers' banks, until they decide
    DISPUTE_LOSSES = "dispute_losses"  # expense
    OWNER_PAYABLE = "owner_payable"  # liability: what owners are due of what was taken for them
    OWNER_SHARES = "owner_shares"  # expense: what owners get
    EXPENSES = "expenses"  # expense: what suppliers and staff bill


class AccountKind(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


ACCOUNT_KINDS: dict[Account, AccountKind] = {
    Account.GATEWAY_CLEARING: AccountKind.ASSET,
    Account.BANK: AccountKind.ASSET,
    Account.CASH: AccountKind.ASSET,
    Account.ELSEWHERE: AccountKind.ASSET,
    Account.RECEIVABLE: AccountKind.ASSET,
    Account.UNEARNED: AccountKind.LIABILITY,
    Account.TAX_PAYABLE: AccountKind.LIABILITY,
    Account.REFUNDS_PAYABLE: AccountKind.LIABILITY,
    Account.DEPOSITS_HELD: AccountKind.LIABILITY,
    Account.CUSTOMER_CREDIT: AccountKind.LIABILITY,
    Account.REVENUE: AccountKind.INCOME,
    Account.CANCELLATION_REVENUE: AccountKind.INCOME,
    Account.DAMAGE_INCOME: AccountKind.INCOME,
    Account.GATEWAY_FEES: AccountKind.EXPENSE,
    Account.GATEWAY_DIFFERENCES: AccountKind.EXPENSE,
    Account.DISPUTED: AccountKind.ASSET,
    Account.DISPUTE_LOSSES: AccountKind.EXPENSE,
    Account.OWNER_PAYABLE: AccountKind.LIABILITY,
    Account.OWNER_SHARES: AccountKind.EXPENSE,
    Account.EXPENSES: AccountKind.EXPENSE,
}


class EntryKind(StrEnum):
    BOOKING_CHARGED = "booking_charged"
    BOOKING_CANCELLED = "booking_cancelled"
    CANCELLATION_FEE = "cancellation_fee"
    PAYMENT_RECEIVED = "payment_received"
    OVERPAYMENT = "overpayment"
    CREDIT_APPLIED = "credit_applied"
    REFUND_ISSUED = "refund_issued"
    REFUND_PAID = "refund_paid"
    REFUND_FAILED = "refund_failed"
    EXTERNAL_REFUND = "external_refund"
    GATEWAY_FEE = "gateway_fee"
    GATEWAY_FEE_RETURNED = "gateway_fee_returned"
    GATEWAY_DIFFERENCE = "gateway_difference"
    GATEWAY_PAYOUT = "gateway_payout"
    STAY_EARNED = "stay_earned"
    REDUCTION_GRANTED = "reduction_granted"
    DEPOSIT_TAKEN = "deposit_taken"
    DEPOSIT_RETURNED = "deposit_returned"
    DEPOSIT_KEPT = "deposit_kept"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    DISPUTE_RETURNED = "dispute_returned"
    DISPUTE_LOST = "dispute_lost"
    CHARGED_BACK = "charged_back"
    CHARGEBACK_UNDONE = "chargeback_undone"
    OWNER_CREDITED = "owner_credited"
    OWNER_CHARGED = "owner_charged"
    OWNER_PAID = "owner_paid"
    EXPENSE_PAID = "expense_paid"
    OWNER_PAYOUT_RETURNED = "owner_payout_returned"
    EXPENSE_RETURNED = "expense_returned"
    REVERSAL = "reversal"


class LedgerError(DomainError):
    """Postings that make no entry."""


@dataclass(frozen=True, slots=True)
class Posting:
    account: Account
    amount: Money  # debit positive, credit negative


def balanced(postings: Iterable[Posting]) -> bool:
    """Whether the postings sum to zero in every currency."""
    sums: dict[str, int] = defaultdict(int)
    for posting in postings:
        sums[posting.amount.currency] += posting.amount.minor
    return not any(sums.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact's postings. Raises LedgerError unless they balance. Zero postings are dropped, so that an
    entry about nothing (a free stay) has none: see `is_empty`."""

    kind: EntryKind
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "postings", tuple(each for each in self.postings if not each.amount.is_zero))
        if not balanced(self.postings):
            raise LedgerError("unbalanced_entry", "The postings of an entry sum to zero.")

    @property
    def is_empty(self) -> bool:
        return not self.postings


def booking_charged(*, net: Money, taxes: Money) -> Entry:
    """The guest owes the price (`net`) and the taxes on it; the price is unearned until the stay."""
    return Entry(
        EntryKind.BOOKING_CHARGED,
        (
            _debit(Account.RECEIVABLE, _sum(net, taxes)),
            _credit(Account.UNEARNED, net),
            _credit(Account.TAX_PAYABLE, taxes),
        ),
    )


def booking_cancelled(*, net: Money, taxes: Money) -> Entry:
    """The whole charge is taken back; what the guest still owes is said by `cancellation_fee`."""
    return Entry(EntryKind.BOOKING_CANCELLED, reversal(booking_charged(net=net, taxes=taxes)).postings)


def cancellation_fee(fee: Money) -> Entry:
    """What a cancellation keeps. It is compensation, not lodging, so that it carries no lodging tax."""
    return _move(EntryKind.CANCELLATION_FEE, fee, debit=Account.RECEIVABLE, credit=Account.CANCELLATION_REVENUE)


def payment_received(amount: Money, *, into: Account = Account.GATEWAY_CLEARING) -> Entry:
    """Money came for what is owed."""
    return _move(EntryKind.PAYMENT_RECEIVED, amount, debit=into, credit=Account.RECEIVABLE)


def overpayment(*, received: Money, owed: Money, into: Account = Account.GATEWAY_CLEARING) -> Entry:
    """More money came than was owed (all of it, when nothing was): the excess is the customer's credit.

    Raises LedgerError when nothing is in excess: that is `payment_received`.
    """
    excess = _checked(received) - _checked(owed)
    if not excess.is_positive:
        raise LedgerError("no_excess", "Nothing was paid too much.")
    return Entry(
        EntryKind.OVERPAYMENT,
        (
            _debit(into, received),
            _credit(Account.RECEIVABLE, owed),
            _credit(Account.CUSTOMER_CREDIT, excess),
        ),
    )


def credit_applied(amount: Money) -> Entry:
    """Customer credit pays what is owed."""
    return _move(EntryKind.CREDIT_APPLIED, amount, debit=Account.CUSTOMER_CREDIT, credit=Account.RECEIVABLE)


def refund_issued(amount: Money, *, source: Account = Account.RECEIVABLE) -> Entry:
    """We owe the guest money back: what was paid too much on the folio, or its customer credit (`source`)."""
    return _move(EntryKind.REFUND_ISSUED, amount, debit=source, credit=Account.REFUNDS_PAYABLE)


def refund_paid(amount: Money, *, out_of: Account = Account.GATEWAY_CLEARING) -> Entry:
    """The refund left the gateway, the bank or the till."""
    return _move(EntryKind.REFUND_PAID, amount, debit=Account.REFUNDS_PAYABLE, credit=out_of)


def refund_failed(amount: Money, *, back_to: Account = Account.GATEWAY_CLEARING) -> Entry:
    """A refund that was reported paid came back: we hold the money and owe it again. A refund that fails
    before it was paid makes no entry, since the debt stands."""
    return _move(EntryKind.REFUND_FAILED, amount, debit=back_to, credit=Account.REFUNDS_PAYABLE)


def external_refund(amount: Money, *, out_of: Account = Account.GATEWAY_CLEARING) -> Entry:
    """Someone refunded in the gateway's own dashboard: the money is gone, and the guest owes it again until a
    person decides."""
    return _move(EntryKind.EXTERNAL_REFUND, amount, debit=Account.RECEIVABLE, credit=out_of)


def gateway_fee(amount: Money) -> Entry:
    """The gateway kept its fee."""
    return _move(EntryKind.GATEWAY_FEE, amount, debit=Account.GATEWAY_FEES, credit=Account.GATEWAY_CLEARING)


def gateway_fee_returned(amount: Money) -> Entry:
    """The gateway gave a fee back."""
    return _move(EntryKind.GATEWAY_FEE_RETURNED, amount, debit=Account.GATEWAY_CLEARING, credit=Account.GATEWAY_FEES)


def gateway_difference(amount: Money) -> Entry:
    """The gateway does not hold what our books say it does, and two people have given up looking. What the guest has
    paid stays paid."""
    return _move(
        EntryKind.GATEWAY_DIFFERENCE, amount, debit=Account.GATEWAY_DIFFERENCES, credit=Account.GATEWAY_CLEARING
    )


def gateway_payout(amount: Money) -> Entry:
    """The gateway sent its balance to our bank."""
    return _move(EntryKind.GATEWAY_PAYOUT, amount, debit=Account.BANK, credit=Account.GATEWAY_CLEARING)


def dispute_withdrawn(amount: Money) -> Entry:
    """A payer's bank took the money back while it decides. What the guest owes is untouched by that."""
    return _move(EntryKind.DISPUTE_WITHDRAWN, amount, debit=Account.DISPUTED, credit=Account.GATEWAY_CLEARING)


def dispute_returned(amount: Money, *, out_of: Account = Account.DISPUTED) -> Entry:
    """The money is back: the dispute was won, or was none. `out_of` losses, when it had been given up."""
    return _move(EntryKind.DISPUTE_RETURNED, amount, debit=Account.GATEWAY_CLEARING, credit=out_of)


def dispute_lost(amount: Money) -> Entry:
    """The money stays away."""
    return _move(EntryKind.DISPUTE_LOST, amount, debit=Account.DISPUTE_LOSSES, credit=Account.DISPUTED)


def charged_back(amount: Money) -> Entry:
    """The refund that was owed went by way of the bank: what was lost to it was no loss."""
    return _move(EntryKind.CHARGED_BACK, amount, debit=Account.REFUNDS_PAYABLE, credit=Account.DISPUTE_LOSSES)


def chargeback_undone(amount: Money) -> Entry:
    """The bank gave the money back to us after all: the refund is owed again."""
    return _move(EntryKind.CHARGEBACK_UNDONE, amount, debit=Account.DISPUTE_LOSSES, credit=Account.REFUNDS_PAYABLE)


def owner_credited(amount: Money) -> Entry:
    """An owner is due a share of what was taken."""
    return _move(EntryKind.OWNER_CREDITED, amount, debit=Account.OWNER_SHARES, credit=Account.OWNER_PAYABLE)


def owner_charged(amount: Money) -> Entry:
    """An owner bears a cost, or a share was too large: less is due."""
    return _move(EntryKind.OWNER_CHARGED, amount, debit=Account.OWNER_PAYABLE, credit=Account.OWNER_SHARES)


def owner_paid(amount: Money, *, out_of: Account = Account.GATEWAY_CLEARING) -> Entry:
    """What an owner was due left the gateway, the bank or the till."""
    return _move(EntryKind.OWNER_PAID, amount, debit=Account.OWNER_PAYABLE, credit=out_of)


def owner_payout_returned(amount: Money, *, back_to: Account = Account.GATEWAY_CLEARING) -> Entry:
    """A payout that was reported paid came back: the owner is due it again."""
    return _move(EntryKind.OWNER_PAYOUT_RETURNED, amount, debit=back_to, credit=Account.OWNER_PAYABLE)


def expense_paid(amount: Money, *, out_of: Account = Account.GATEWAY_CLEARING) -> Entry:
    """A bill was paid."""
    return _move(EntryKind.EXPENSE_PAID, amount, debit=Account.EXPENSES, credit=out_of)


def expense_returned(amount: Money, *, back_to: Account = Account.GATEWAY_CLEARING) -> Entry:
    """A payment of a bill that was reported paid came back."""
    return _move(EntryKind.EXPENSE_RETURNED, amount, debit=back_to, credit=Account.EXPENSES)


def deposit_taken(amount: Money) -> Entry:
    """Money of a damage deposit came (`payment_received`), and is owed back. What a bank only holds is no entry."""
    return _move(EntryKind.DEPOSIT_TAKEN, amount, debit=Account.RECEIVABLE, credit=Account.DEPOSITS_HELD)


def deposit_returned(amount: Money) -> Entry:
    """It goes back: what follows is `refund_issued`."""
    return _move(EntryKind.DEPOSIT_RETURNED, amount, debit=Account.DEPOSITS_HELD, credit=Account.RECEIVABLE)


def deposit_kept(amount: Money) -> Entry:
    """Something broke: this much stays with the host."""
    return _move(EntryKind.DEPOSIT_KEPT, amount, debit=Account.DEPOSITS_HELD, credit=Account.DAMAGE_INCOME)


def stay_earned(net: Money) -> Entry:
    """The stay was delivered: what was charged without taxes is revenue."""
    return _move(EntryKind.STAY_EARNED, net, debit=Account.UNEARNED, credit=Account.REVENUE)


def reducible(held: Mapping[Account, Money]) -> dict[Account, Money]:
    """What of a folio's `held` balances (debit positive) a reduction can take back: the price, earned or not, with its
    taxes; where that was taken back already, what a cancellation kept instead."""
    lodging = {each: -held[each] for each in (Account.UNEARNED, Account.REVENUE, Account.TAX_PAYABLE)}
    standing = {account: amount for account, amount in lodging.items() if amount.is_positive}
    if standing:
        return standing
    kept = -held[Account.CANCELLATION_REVENUE]
    return {Account.CANCELLATION_REVENUE: kept} if kept.is_positive else {}


def reduction_granted(amount: Money, *, charged: Mapping[Account, Money]) -> Entry:
    """The guest owes less by `amount`, which is taken off what is `charged` (see `reducible`) in proportion.

    Raises LedgerError when that is less than the amount.
    """
    most = Money.sum(charged.values(), amount.currency)
    if _checked(amount) > most:
        raise LedgerError("exceeds_charge", "A reduction is never more than what is charged.")
    if amount.is_zero:
        return Entry(EntryKind.REDUCTION_GRANTED, ())
    parts = amount.allocate([each.minor for each in charged.values()])
    debits = (_debit(account, part) for account, part in zip(charged, parts, strict=True))
    return Entry(EntryKind.REDUCTION_GRANTED, (*debits, _credit(Account.RECEIVABLE, amount)))


def reversal(entry: Entry) -> Entry:
    """The entry that takes another one back."""
    return Entry(EntryKind.REVERSAL, tuple(Posting(each.account, -each.amount) for each in entry.postings))


def balances(entries: Iterable[Entry]) -> dict[tuple[Account, str], int]:
    """Minor units per account and currency after these entries (debit positive)."""
    sums: dict[tuple[Account, str], int] = defaultdict(int)
    for entry in entries:
        for posting in entry.postings:
            sums[posting.account, posting.amount.currency] += posting.amount.minor
    return dict(sums)


def _move(kind: EntryKind, amount: Money, *, debit: Account, credit: Account) -> Entry:
    return Entry(kind, (_debit(debit, amount), _credit(credit, amount)))


def _debit(account: Account, amount: Money) -> Posting:
    return Posting(account, _checked(amount))


def _credit(account: Account, amount: Money) -> Posting:
    return Posting(account, -_checked(amount))


def _checked(amount: Money) -> Money:
    if amount.is_negative:
        raise LedgerError("negative_amount", "A fact's amount is not negative; use a reversal.")
    return amount


def _sum(net: Money, taxes: Money) -> Money:
    if net.currency != taxes.currency:
        raise CurrencyMismatch(net.currency, taxes.currency)
    return _checked(net) + _checked(taxes)
