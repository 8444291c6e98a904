"""When a gateway is asked again."""

from datetime import UTC, datetime, timedelta

import pytest

from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.schedule import next_payment_look, next_refund_look

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
FAR = NOW + timedelta(days=30)


def minutes_until(look: datetime | None) -> float | None:
    return None if look is None else (look - NOW) / timedelta(minutes=1)


@pytest.mark.parametrize("state", [PaymentState.CREATED, PaymentState.PENDING, PaymentState.UNKNOWN])
def test_an_open_payment_is_asked_about_less_and_less_often(state: PaymentState) -> None:
    waits = [minutes_until(next_payment_look(state=state, looks=looks, moment=NOW, deadline=FAR)) for looks in range(8)]
    assert waits == [0.5, 1, 2, 5, 15, 60, 60, 60]


def test_nobody_is_asked_for_ever() -> None:
    long_ago = NOW - timedelta(days=4)
    assert next_payment_look(state=PaymentState.PENDING, looks=3, moment=NOW, deadline=long_ago) is None


def test_the_last_look_before_the_deadline_is_just_before_it() -> None:
    deadline = NOW + timedelta(minutes=10)
    look = next_payment_look(state=PaymentState.PENDING, looks=4, moment=NOW, deadline=deadline)
    assert look == deadline - timedelta(seconds=20)
    late = next_payment_look(state=PaymentState.PENDING, looks=4, moment=deadline, deadline=deadline)
    assert late == deadline + timedelta(minutes=15)


@pytest.mark.parametrize("state", [PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED])
def test_after_the_end_there_are_five_more_looks(state: PaymentState) -> None:
    waits = [minutes_until(next_payment_look(state=state, looks=looks, moment=NOW, deadline=NOW)) for looks in range(6)]
    assert waits == [15, 60, 360, 1440, 4320, None]


def test_a_refund_that_may_come_back_is_looked_after_for_days() -> None:
    def wait(state: RefundState, looks: int, *, may_come_back: bool = True) -> float | None:
        return minutes_until(
            next_refund_look(state=state, looks=looks, moment=NOW, requested_at=NOW, may_come_back=may_come_back)
        )

    assert [wait(RefundState.SUCCEEDED, looks) for looks in range(4)] == [1440, 4320, 10080, None]
    assert wait(RefundState.SUCCEEDED, 0, may_come_back=False) is None
    assert wait(RefundState.PENDING, 0) == 0.5
    assert wait(RefundState.FAILED, 0) is None


def test_where_silence_is_final_the_last_look_is_then_and_none_after() -> None:
    final = NOW + timedelta(minutes=3)
    ask = {"state": PaymentState.PENDING, "looks": 4, "deadline": FAR, "final_at": final}
    assert next_payment_look(**ask, moment=NOW) == final  # type: ignore[arg-type]
    assert next_payment_look(**ask, moment=final) is None  # type: ignore[arg-type]


def test_what_is_held_is_not_over_because_nothing_is_said() -> None:
    held = next_payment_look(
        state=PaymentState.AUTHORIZED, looks=0, moment=NOW, deadline=NOW, final_at=NOW - timedelta(minutes=1)
    )
    assert held is not None
