"""What is proposed for which difference: money is recorded, asked about, and given up only by two people."""

import pytest

from freehold.domain.money import Money
from freehold.domain.reconciliation import DifferenceKind, Repair, Sides, agrees, proposals

HUNDRED, TWO, NOTHING = Money(100, "USD"), Money(200, "USD"), Money(0, "USD")
PAYMENT, REFUND, DISPUTE, FEE, PAYOUT = DifferenceKind


@pytest.mark.parametrize(
    ("sides", "first"),
    [
        (Sides(PAYMENT, HUNDRED, None, is_payment_known=True), Repair.FETCH),
        (Sides(PAYMENT, HUNDRED, None, is_payment_known=False), Repair.CREDIT),
        (Sides(PAYMENT, HUNDRED, TWO, is_payment_known=True), Repair.FETCH),
        (Sides(PAYMENT, None, HUNDRED, is_payment_known=True), Repair.FETCH),
        (Sides(REFUND, HUNDRED, None, is_payment_known=True), Repair.FETCH),
        (Sides(REFUND, HUNDRED, None, is_payment_known=False), Repair.SETTLE),
        (Sides(REFUND, NOTHING, HUNDRED, is_payment_known=True), Repair.FETCH),
        (Sides(DISPUTE, HUNDRED, None, is_payment_known=True), Repair.RECORD_DISPUTE),
        (Sides(DISPUTE, HUNDRED, None, is_payment_known=False), Repair.SETTLE),
        (Sides(PAYOUT, NOTHING, HUNDRED, is_payment_known=False), Repair.SETTLE),
        (Sides(FEE, HUNDRED, None, is_payment_known=False), Repair.SETTLE),
    ],
)
def test_the_best_comes_first_and_a_note_last(sides: Sides, first: Repair) -> None:
    assert proposals(sides)[0] is first
    assert proposals(sides)[-1] is (Repair.FETCH if sides.is_missing_there else Repair.SETTLE)


def test_a_charge_that_only_we_know_is_written_off_after_asking_and_by_two() -> None:
    def may(**facts: bool) -> tuple[Repair, ...]:
        return proposals(Sides(PAYMENT, None, HUNDRED, is_payment_known=True, **facts))

    assert Repair.WRITE_OFF not in may()
    assert may(was_asked=True) == (Repair.FETCH, Repair.WRITE_OFF)
    assert may(was_asked=True, is_proposed=True) == (Repair.AGREE, Repair.SETTLE)


def test_a_charge_that_the_provider_knows_is_never_written_off() -> None:
    for ours in (None, TWO):
        sides = Sides(PAYMENT, HUNDRED, ours, is_payment_known=True, was_asked=True, is_proposed=True)
        assert not {Repair.WRITE_OFF, Repair.AGREE} & set(proposals(sides))


def test_a_refund_fails_only_after_asking_and_only_if_it_did_not_leave() -> None:
    def may(theirs: Money | None, *, was_asked: bool) -> bool:
        sides = Sides(REFUND, theirs, HUNDRED, is_payment_known=True, was_asked=was_asked)
        return Repair.MARK_FAILED in proposals(sides)

    assert may(None, was_asked=True)
    assert may(NOTHING, was_asked=True)
    assert not may(None, was_asked=False)
    assert not may(TWO, was_asked=True)


def test_what_is_missing_at_the_provider_is_left_alone_by_two_as_well() -> None:
    for kind in (PAYMENT, REFUND):
        for was_asked in (False, True):
            assert Repair.SETTLE not in proposals(
                Sides(kind, None, HUNDRED, is_payment_known=True, was_asked=was_asked)
            )
        sides = Sides(kind, None, HUNDRED, is_payment_known=True, was_asked=True, is_proposed=True)
        assert proposals(sides) == (Repair.AGREE, Repair.SETTLE)


@pytest.mark.parametrize("both", [(None, None), (HUNDRED, HUNDRED), (NOTHING, None), (None, NOTHING)])
def test_where_both_say_the_same_nothing_is_proposed(both: tuple[Money | None, Money | None]) -> None:
    assert agrees(*both)
    assert proposals(Sides(PAYMENT, *both, is_payment_known=True)) == ()


def test_another_currency_is_a_difference() -> None:
    assert not agrees(HUNDRED, Money(100, "EUR"))
