from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freehold.domain import ledger
from freehold.domain.cancellation import PRESETS, compute_refund
from freehold.domain.ledger import (
    ACCOUNT_KINDS,
    Account,
    Entry,
    EntryKind,
    LedgerError,
    Posting,
    balanced,
    balances,
)
from freehold.domain.money import CurrencyMismatch, Money
from tests.domain.test_cancellation import STARTS_AT, leads

money = st.integers(0, 10**9).map(lambda minor: Money(minor, "USD"))
positive = st.integers(1, 10**9).map(lambda minor: Money(minor, "USD"))
SINGLE: list[Callable[[Money], Entry]] = [
    ledger.cancellation_fee,
    ledger.payment_received,
    ledger.credit_applied,
    ledger.refund_issued,
    ledger.refund_paid,
    ledger.refund_failed,
    ledger.external_refund,
    ledger.gateway_fee,
    ledger.gateway_payout,
    ledger.stay_earned,
    ledger.owner_credited,
    ledger.owner_charged,
    ledger.owner_paid,
    ledger.owner_payout_returned,
    ledger.expense_paid,
    ledger.expense_returned,
]
PERSONAL = (Account.RECEIVABLE, Account.REFUNDS_PAYABLE, Account.CUSTOMER_CREDIT)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def open_accounts(entries: list[Entry]) -> dict[Account, int]:
    """The accounts that are not at zero, in minor units."""
    return {account: minor for (account, _), minor in balances(entries).items() if minor}


@given(st.sampled_from(SINGLE), money)
def test_every_fact_makes_a_balanced_entry(fact: Callable[[Money], Entry], amount: Money) -> None:
    entry = fact(amount)
    assert balanced(entry.postings)
    assert entry.is_empty == amount.is_zero
    assert entry.kind == fact.__name__
    assert sorted(posting.amount.minor for posting in entry.postings) == sorted({amount.minor, -amount.minor} - {0})


@given(money, money)
def test_charges_and_their_cancellation_balance_and_undo_each_other(net: Money, taxes: Money) -> None:
    charged = ledger.booking_charged(net=net, taxes=taxes)
    cancelled = ledger.booking_cancelled(net=net, taxes=taxes)
    assert balanced(charged.postings)
    assert cancelled.kind is EntryKind.BOOKING_CANCELLED
    assert open_accounts([charged, cancelled]) == {}
    assert balances([charged]).get((Account.RECEIVABLE, "USD"), 0) == net.minor + taxes.minor


@given(st.lists(st.tuples(st.sampled_from(SINGLE), money), max_size=20))
def test_any_sequence_of_facts_sums_to_zero(facts: list[tuple[Callable[[Money], Entry], Money]]) -> None:
    entries = [fact(amount) for fact, amount in facts]
    assert sum(balances(entries).values()) == 0


@given(money, money)
def test_a_stay_that_was_paid_and_delivered_leaves_money_taxes_and_revenue(net: Money, taxes: Money) -> None:
    total = net + taxes
    entries = [
        ledger.booking_charged(net=net, taxes=taxes),
        ledger.payment_received(total),
        ledger.stay_earned(net),
    ]
    expected = {
        Account.GATEWAY_CLEARING: total.minor,
        Account.TAX_PAYABLE: -taxes.minor,
        Account.REVENUE: -net.minor,
    }
    assert open_accounts(entries) == {account: minor for account, minor in expected.items() if minor}


@given(money, money, st.integers(0, 100), st.sampled_from(sorted(PRESETS)), leads, st.booleans(), money)
def test_a_cancelled_booking_leaves_exactly_the_fee(
    net: Money, taxes: Money, percent_paid: int, preset: str, lead: timedelta, bounced: bool, cleaning: Money
) -> None:
    """Whatever was paid and whenever it was cancelled, also when the first refund bounces."""
    total = net + taxes
    paid = total.percent(percent_paid * 100)
    outcome = compute_refund(
        PRESETS[preset],
        paid=paid,
        total=total,
        cleaning_fee=min(cleaning, net),
        starts_at=STARTS_AT,
        as_of=STARTS_AT - lead,
    )
    entries = [
        ledger.booking_charged(net=net, taxes=taxes),
        ledger.payment_received(paid),
        ledger.booking_cancelled(net=net, taxes=taxes),
        ledger.cancellation_fee(outcome.fee),
        ledger.refund_issued(outcome.refund),
        ledger.refund_paid(outcome.refund),
    ]
    if bounced:
        entries.append(ledger.refund_failed(outcome.refund))
        owed = balances(entries).get((Account.REFUNDS_PAYABLE, "USD"), 0)
        assert owed == -outcome.refund.minor  # owed again
        entries.append(ledger.refund_paid(outcome.refund))
    fee = outcome.fee.minor
    expected = {Account.GATEWAY_CLEARING: fee, Account.CANCELLATION_REVENUE: -fee} if fee else {}
    assert open_accounts(entries) == expected


@given(positive)
def test_late_money_that_goes_back_leaves_nothing(amount: Money) -> None:
    nothing = Money.zero("USD")
    entries = [
        ledger.overpayment(received=amount, owed=nothing),
        ledger.refund_issued(amount, source=Account.CUSTOMER_CREDIT),
        ledger.refund_paid(amount),
    ]
    assert open_accounts(entries[:1]) == {
        Account.GATEWAY_CLEARING: amount.minor,
        Account.CUSTOMER_CREDIT: -amount.minor,
    }
    assert open_accounts(entries) == {}


@given(money, positive)
def test_an_overpayment_settles_what_is_owed_and_keeps_the_rest_as_credit(owed: Money, excess: Money) -> None:
    zero = Money.zero("USD")
    entries = [
        ledger.booking_charged(net=owed, taxes=zero),
        ledger.overpayment(received=owed + excess, owed=owed, into=Account.BANK),
    ]
    found = balances(entries)
    assert found.get((Account.RECEIVABLE, "USD"), 0) == 0
    assert found[Account.CUSTOMER_CREDIT, "USD"] == -excess.minor
    assert found[Account.BANK, "USD"] == owed.minor + excess.minor
    entries += [ledger.booking_charged(net=excess, taxes=zero), ledger.credit_applied(excess)]
    assert not set(open_accounts(entries)) & set(PERSONAL)


@given(positive)
def test_a_refund_made_outside_makes_the_guest_owe_again(total: Money) -> None:
    entries = [
        ledger.booking_charged(net=total, taxes=Money.zero("USD")),
        ledger.payment_received(total),
        ledger.external_refund(total),
    ]
    assert open_accounts(entries) == {Account.RECEIVABLE: total.minor, Account.UNEARNED: -total.minor}


@given(positive)
def test_the_gateways_fee_and_payout_leave_its_clearing_account(amount: Money) -> None:
    fee, payout = ledger.gateway_fee(amount), ledger.gateway_payout(amount)
    assert open_accounts([fee]) == {
        Account.GATEWAY_FEES: amount.minor,
        Account.GATEWAY_CLEARING: -amount.minor,
    }
    assert open_accounts([payout]) == {Account.BANK: amount.minor, Account.GATEWAY_CLEARING: -amount.minor}


@given(st.sampled_from(SINGLE), money)
def test_a_reversal_undoes_an_entry(fact: Callable[[Money], Entry], amount: Money) -> None:
    entry = fact(amount)
    undone = ledger.reversal(entry)
    assert undone.kind is EntryKind.REVERSAL
    assert open_accounts([entry, undone]) == {}


@given(st.lists(st.tuples(st.sampled_from(Account), st.integers(-5, 5), st.sampled_from(["USD", "EUR"])), max_size=5))
def test_only_balanced_postings_make_an_entry(rows: list[tuple[Account, int, str]]) -> None:
    postings = tuple(Posting(account, Money(minor, currency)) for account, minor, currency in rows)
    sums = [sum(minor for _, minor, currency in rows if currency == code) for code in ("USD", "EUR")]
    assert balanced(postings) == (sums == [0, 0])
    if sums == [0, 0]:
        assert all(not posting.amount.is_zero for posting in Entry(EntryKind.REVERSAL, postings).postings)
        return
    with pytest.raises(LedgerError):
        Entry(EntryKind.REVERSAL, postings)


def test_currencies_balance_on_their_own() -> None:
    assert not balanced((Posting(Account.BANK, usd(5)), Posting(Account.REVENUE, Money(-5, "EUR"))))


@pytest.mark.parametrize("fact", SINGLE)
def test_facts_have_no_negative_amounts(fact: Callable[[Money], Entry]) -> None:
    with pytest.raises(LedgerError):
        fact(usd(-1))


def test_impossible_facts_are_refused() -> None:
    with pytest.raises(LedgerError):
        ledger.booking_charged(net=usd(5), taxes=usd(-1))
    with pytest.raises(LedgerError):
        ledger.overpayment(received=usd(5), owed=usd(5))
    with pytest.raises(LedgerError):
        ledger.overpayment(received=usd(5), owed=usd(-1))
    with pytest.raises(CurrencyMismatch):
        ledger.booking_charged(net=usd(5), taxes=Money(1, "EUR"))
    with pytest.raises(CurrencyMismatch):
        ledger.overpayment(received=usd(5), owed=Money(1, "EUR"))


def test_every_account_has_a_kind() -> None:
    assert set(ACCOUNT_KINDS) == set(Account)


@given(positive)
def test_a_payout_that_came_back_is_due_again(amount: Money) -> None:
    story = [ledger.owner_credited(amount), ledger.owner_paid(amount)]
    assert open_accounts(story) == {Account.OWNER_SHARES: amount.minor, Account.GATEWAY_CLEARING: -amount.minor}
    story.append(ledger.owner_payout_returned(amount))
    assert open_accounts(story) == {Account.OWNER_SHARES: amount.minor, Account.OWNER_PAYABLE: -amount.minor}


@given(positive)
def test_a_bill_whose_payment_came_back_cost_nothing_yet(amount: Money) -> None:
    story = [ledger.expense_paid(amount, out_of=Account.BANK), ledger.expense_returned(amount, back_to=Account.BANK)]
    assert open_accounts(story) == {}


@given(positive, positive)
def test_what_an_owner_is_charged_for_is_not_due(share: Money, cost: Money) -> None:
    story = [ledger.owner_credited(share), ledger.owner_charged(cost)]
    assert balances(story)[Account.OWNER_PAYABLE, "USD"] == cost.minor - share.minor


class TestReductions:
    def test_price_and_taxes_are_taken_back_in_proportion(self) -> None:
        charged = ledger.reducible(balances_of(net=9_000, taxes=1_000))
        entry = ledger.reduction_granted(Money(1_000, "USD"), charged=charged)
        assert {each.account: each.amount.minor for each in entry.postings} == {
            Account.UNEARNED: 900,
            Account.TAX_PAYABLE: 100,
            Account.RECEIVABLE: -1_000,
        }

    def test_what_a_cancellation_kept_is_reduced_only_where_no_price_stands(self) -> None:
        kept = {**balances_of(net=0, taxes=0), Account.CANCELLATION_REVENUE: Money(-500, "USD")}
        assert ledger.reducible(kept) == {Account.CANCELLATION_REVENUE: Money(500, "USD")}
        both = {**balances_of(net=100, taxes=0), Account.CANCELLATION_REVENUE: Money(-500, "USD")}
        assert ledger.reducible(both) == {Account.UNEARNED: Money(100, "USD")}

    def test_never_more_than_is_charged(self) -> None:
        with pytest.raises(LedgerError):
            ledger.reduction_granted(Money(1_001, "USD"), charged=ledger.reducible(balances_of(net=900, taxes=100)))


def balances_of(*, net: int, taxes: int) -> dict[Account, Money]:
    charged = {Account.UNEARNED: Money(-net, "USD"), Account.TAX_PAYABLE: Money(-taxes, "USD")}
    return {**dict.fromkeys(Account, Money.zero("USD")), **charged}
