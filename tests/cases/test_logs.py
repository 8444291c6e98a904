"""What is logged, at every level and by every library, while money comes, goes back and is asked for in vain."""

import logging

import pytest

from freehold.domain.payment_states import RefundState
from tests.cases.concerning import every_provider
from tests.cases.views import ask, opened, pay_unseen, state_of
from tests.support.gateways.inn import Inn

pytestmark = pytest.mark.django_db(transaction=True)


@every_provider
def test_case_48_no_key_and_no_telephone_is_logged(inn: Inn, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fields = {field.name for field in inn.till.connector.fields if field.secret}
    secrets = {value for name, value in inn.till.values().items() if name in fields}
    assert secrets
    booking, payment = opened(inn)
    phone = str(payment.request["payer"]["phone_e164"] or "+254700000000").removeprefix("+")
    pay_unseen(inn, payment, "pay")
    inn.trouble("fetch_payment", "html")
    ask(inn, payment)
    ask(inn, payment)
    refund = inn.refund(payment, 10_000)
    ask(inn, refund)
    assert (state_of(booking), refund.state) == ("confirmed", RefundState.SUCCEEDED)
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "payment_snapshot_applied" in said
    assert [name for name in (*secrets, phone, phone[3:]) if name in said] == []
    logging.getLogger("control").debug("with %s", phone)
    assert phone in caplog.text, "the control: it would have been seen"
