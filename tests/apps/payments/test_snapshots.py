"""What a gateway's word does to a payment, without a gateway. Classes are named after their cases."""

from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Posting
from freehold.payments.events import MoneyReceived
from freehold.ports.payment_gateway import ProviderRef
from tests.apps.payments.builders import a_link, a_payment, an_attempt, apply, seen, usd
from tests.apps.payments.shop import account_balance, entries, open_reviews

pytestmark = pytest.mark.django_db


class TestCase6And7And8Order:
    def test_every_order_of_reports_ends_paid(self) -> None:
        states = (PaymentState.PENDING, PaymentState.FAILED, PaymentState.AUTHORIZED, PaymentState.PAID)
        for order in permutations(states):
            payment = an_attempt()
            for state in order:
                minors = (54_000,) if state is PaymentState.PAID else ()
                apply(payment, seen(payment, state, *minors))
            assert (payment.state, payment.received_minor) == (PaymentState.PAID, 54_000), order
            assert account_balance(payment.folio_id, "gateway_clearing") == 54_000

    @pytest.mark.parametrize("late", [PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED])
    def test_bad_news_after_paid_unpays_nothing(self, late: PaymentState) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
        apply(payment, seen(payment, late))
        assert (payment.state, payment.announced_minor) == (PaymentState.PAID, 54_000)

    @pytest.mark.parametrize("early", [PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED])
    def test_money_after_bad_news_is_money(self, told: list[MoneyReceived], early: PaymentState) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, early))
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
        assert payment.state == PaymentState.PAID
        assert [event.amount_minor for event in told] == [54_000]


class TestCase18To20Amounts:
    def test_another_currency_is_booked_on_no_folio_and_held(self, told: list[MoneyReceived]) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 54_000, currency="EUR"))
        assert (payment.received_minor, payment.announced_minor) == (0, 0)
        assert told == []
        assert open_reviews(payment) == ["amount_mismatch"]
        assert entries(payment.folio_id) == []
        assert payment.charges.get().currency == "EUR"

    def test_paid_without_any_money_is_for_a_person(self, told: list[MoneyReceived]) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID))
        assert told == []
        assert open_reviews(payment) == ["amount_mismatch"]

    def test_case_20_two_transfers_that_reach_the_sum_are_announced_once(self, told: list[MoneyReceived]) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PROCESSING, 20_000))
        assert told == []
        assert open_reviews(payment) == []  # more may come
        apply(payment, seen(payment, PaymentState.PAID, 20_000, 34_000))
        assert [event.amount_minor for event in told] == [54_000]
        assert account_balance(payment.folio_id, "customer_credit") == 0
        assert account_balance(payment.folio_id, "receivable") == -54_000

    def test_when_the_rest_arrives_the_case_is_closed(self, told: list[MoneyReceived]) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 50_000))
        assert open_reviews(payment) == ["amount_mismatch"]
        apply(payment, seen(payment, PaymentState.PAID, 50_000, 4_000))
        assert open_reviews(payment) == []
        assert [event.amount_minor for event in told] == [54_000]

    def test_one_charge_reported_for_two_payments_counts_once(self, told: list[MoneyReceived]) -> None:
        first, second = an_attempt(), an_attempt()
        snapshot = seen(first, PaymentState.PAID, 54_000)
        apply(first, snapshot)
        apply(second, seen(second, PaymentState.PAID, charges=snapshot.charges, received=snapshot.received))
        assert len(told) == 1
        assert set(open_reviews(second)) == {"amount_mismatch"}


class TestContradictions:
    def test_a_session_that_asks_another_price_is_not_shown_to_the_payer(self, told: list[MoneyReceived]) -> None:
        payment = an_attempt(object_id="")
        snapshot = seen(payment, PaymentState.PENDING, amount=usd(1), ref=ProviderRef("pay_1"))
        apply(payment, snapshot)
        assert payment.next_action == {}
        assert open_reviews(payment) == ["amount_mismatch"]

    def test_a_second_object_for_one_payment_is_for_a_person(self, told: list[MoneyReceived]) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 54_000, ref=ProviderRef("pay_second")))
        assert (payment.state, told) == (PaymentState.PENDING, [])
        assert open_reviews(payment) == ["disagreement"]


# --- any order, any number of times --------------------------------------------------------------------------

CHARGES = st.lists(st.sampled_from([54_000, 30_000, 24_000, 1]), max_size=4)
BEFORE = st.lists(st.sampled_from([PaymentState.PENDING, PaymentState.PROCESSING]), min_size=1, max_size=2)
AFTER = st.sampled_from([PaymentState.PAID, PaymentState.PAID, PaymentState.EXPIRED, PaymentState.CANCELLED])


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[tuple[PaymentState, tuple[int, ...]]], list[int]]:
    """What really happened at the gateway, moment by moment, and the order in which we hear of the moments."""
    charges = draw(CHARGES)
    moments: list[tuple[PaymentState, tuple[int, ...]]] = [(state, ()) for state in draw(BEFORE)]
    if not charges:
        moments.append((draw(AFTER.filter(lambda state: state is not PaymentState.PAID)), ()))
    moments.extend((PaymentState.PAID, tuple(charges[:count])) for count in range(1, len(charges) + 1))
    order = draw(st.permutations(range(len(moments))))
    again = draw(st.lists(st.sampled_from(range(len(moments))), max_size=4))
    return moments, [*order, *again]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories())
def test_reports_in_any_order_and_number_end_in_the_same_place(
    story: tuple[list[tuple[PaymentState, tuple[int, ...]]], list[int]],
) -> None:
    moments, heard = story
    with transaction.atomic():
        payment = an_attempt()
        for index in heard:
            state, minors = moments[index]
            apply(payment, seen(payment, state, *minors))
        state, minors = moments[-1]
        assert payment.state == state
        assert payment.received_minor == sum(minors)
        assert payment.announced_minor == (sum(minors) if sum(minors) >= 54_000 else 0)
        assert account_balance(payment.folio_id, "gateway_clearing") == sum(minors)
        assert account_balance(payment.folio_id, "receivable") == -payment.announced_minor
        assert -account_balance(payment.folio_id, "customer_credit") == payment.received_minor - payment.announced_minor
        assert sum(Posting.objects.values_list("amount_minor", flat=True)) == 0
        transaction.set_rollback(True)


# --- the database's own rules --------------------------------------------------------------------------------


class TestDatabaseRules:
    @pytest.mark.parametrize(
        "change",
        [
            "state = 'failed'",
            "received_minor = received_minor - 1",
            "announced_minor = announced_minor - 1",
            "announced_minor = received_minor + 1",
        ],
    )
    def test_a_payment_is_never_unpaid(self, change: str) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE payments_payment SET {change}")

    @pytest.mark.parametrize("sql", ["UPDATE payments_charge SET amount_minor = 1", "DELETE FROM payments_charge"])
    def test_a_charge_is_never_changed(self, sql: str) -> None:
        payment = an_attempt()
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
        with pytest.raises(Exception, match="payments_charge"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    def test_a_folio_has_one_open_attempt(self) -> None:
        payment = an_attempt()
        with pytest.raises(IntegrityError), transaction.atomic():
            a_payment(payment.folio, received=0, state=PaymentState.PENDING)

    def test_a_folio_has_one_open_attempt_per_purpose_and_link(self) -> None:
        """Also where no link is named: no link is one and the same."""
        payment = an_attempt()
        link = a_link(payment.folio)
        for purpose, via in (("deposit", None), ("charge", link), ("deposit", link)):
            a_payment(payment.folio, received=0, state=PaymentState.PENDING, purpose=purpose, link=via)
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO payments_payment SELECT (jsonb_populate_record(p, jsonb_build_object("
                    "'id', gen_random_uuid(), 'attempt', 99, 'notify_token', 'other', 'serial', 0, "
                    "'object_id', ''))).* "
                    "FROM payments_payment AS p WHERE purpose = %s AND link_id IS NOT DISTINCT FROM %s",
                    [purpose, via and via.pk],
                )

    def test_an_attempt_that_is_over_makes_room(self) -> None:
        payment = an_attempt(state=PaymentState.CANCELLED)
        assert a_payment(payment.folio, received=0, state=PaymentState.PENDING).attempt == 2


def test_money_takes_few_queries(django_assert_max_num_queries: Any) -> None:
    """The folio is locked meanwhile: whoever wants it waits for all of them."""
    payment = an_attempt()
    with django_assert_max_num_queries(24):
        apply(payment, seen(payment, PaymentState.PAID, 54_000))
    assert payment.announced_minor == 54_000
