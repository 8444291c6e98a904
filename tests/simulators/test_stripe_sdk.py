"""The Stripe simulator as Stripe's own client sees it: whole flows, its objects, idempotency, and signed events."""

import ast
import inspect
import json
import threading
import time
from typing import Any

import httpx
import pytest
import stripe
from stripe import checkout

from tests.simulators.process import Listener, eventually
from tests.simulators.stripe_process import API_KEY, StripeProcess


@pytest.fixture
def sdk(stripe_simulator: StripeProcess) -> Any:
    return stripe_simulator.sdk()


def session_params(**changes: Any) -> dict[str, Any]:
    price = {"currency": "usd", "unit_amount": 54_000, "product_data": {"name": "Two nights"}}
    return {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "http://127.0.0.1:9/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/again",
        "client_reference_id": "FH-7K2Q9M",
        "metadata": {"payment_id": "ours"},
        "payment_intent_data": {"metadata": {"payment_id": "ours"}},
        **changes,
    }


def paid_intent(sdk: Any, **changes: Any) -> Any:
    params = {"amount": 54_000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True, **changes}
    return sdk.payment_intents.create(params)


# --- whole flows --------------------------------------------------------------------------------------------


def test_an_intent_is_created_confirmed_and_refunded(sdk: Any) -> None:
    intent = sdk.payment_intents.create(
        {"amount": 54_000, "currency": "usd", "automatic_payment_methods": {"enabled": True}, "metadata": {"a": "b"}}
    )
    assert (intent.status, intent.metadata["a"], intent.livemode) == ("requires_payment_method", "b", False)
    paid = sdk.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge"]})
    assert (paid.status, paid.amount_received) == ("succeeded", 54_000)
    assert paid.latest_charge.balance_transaction.startswith("txn_")
    refund = sdk.refunds.create({"payment_intent": intent.id, "amount": 14_000})
    assert refund.status == "succeeded"
    charge = sdk.charges.retrieve(paid.latest_charge.id)
    assert (charge.amount_refunded, charge.refunded) == (14_000, False)


def test_a_session_is_paid_on_its_page(stripe_simulator: StripeProcess, sdk: Any) -> None:
    session = sdk.checkout.sessions.create(session_params())
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    answer = stripe_simulator.press(session.url, "pay")
    assert answer.headers["location"] == f"http://127.0.0.1:9/back?session={session.id}"
    seen = sdk.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (seen.status, seen.payment_status) == ("complete", "paid")
    assert seen.payment_intent.latest_charge.metadata["payment_id"] == "ours"
    assert sdk.checkout.sessions.list({"payment_intent": seen.payment_intent.id}).data[0].id == session.id


def test_a_declined_card_is_an_error_and_the_intent_stays_open(sdk: Any) -> None:
    intent = sdk.payment_intents.create({"amount": 500, "currency": "usd"})
    with pytest.raises(stripe.CardError) as refused:
        sdk.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclinedInsufficientFunds"})
    assert (refused.value.code, refused.value.error.decline_code) == ("card_declined", "insufficient_funds")
    seen = sdk.payment_intents.retrieve(intent.id)
    assert (seen.status, seen.last_payment_error.decline_code) == ("requires_payment_method", "insufficient_funds")
    assert sdk.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).status == "succeeded"


def test_a_bank_may_ask_the_payer_first(stripe_simulator: StripeProcess, sdk: Any) -> None:
    intent = paid_intent(sdk, payment_method="pm_card_authenticationRequired")
    assert (intent.status, intent.next_action.type) == ("requires_action", "redirect_to_url")
    page = intent.next_action.redirect_to_url.url
    assert "is this you" in httpx.get(page, trust_env=False).text
    stripe_simulator.press(page, "decline_3ds")
    refused = sdk.payment_intents.retrieve(intent.id)
    assert refused.last_payment_error.code == "payment_intent_authentication_failure"
    stripe_simulator.press(page, "pay")
    assert sdk.payment_intents.retrieve(intent.id).status == "succeeded"


def test_held_money_is_captured_in_part_or_let_go(sdk: Any) -> None:
    held = paid_intent(sdk, capture_method="manual")
    assert (held.status, held.amount_capturable) == ("requires_capture", 54_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.payment_intents.capture(held.id, {"amount_to_capture": 54_001})
    assert refused.value.code == "amount_too_large"
    taken = sdk.payment_intents.capture(held.id, {"amount_to_capture": 40_000})
    assert (taken.status, taken.amount_received) == ("succeeded", 40_000)
    other = paid_intent(sdk, capture_method="manual")
    assert sdk.payment_intents.cancel(other.id).status == "canceled"


def test_a_session_expires_at_once_or_at_its_time_and_only_while_open(
    stripe_simulator: StripeProcess, sdk: Any
) -> None:
    session = sdk.checkout.sessions.create(session_params())
    assert sdk.checkout.sessions.expire(session.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        sdk.checkout.sessions.expire(session.id)
    assert stripe_simulator.press(session.url or f"{stripe_simulator.url}/c/pay/{session.id}", "pay").status_code == 409
    for wrong in (60, 25 * 3600):
        with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
            sdk.checkout.sessions.create(session_params(expires_at=int(time.time()) + wrong))


def test_refunds_never_exceed_what_was_charged(sdk: Any) -> None:
    intent = paid_intent(sdk)
    sdk.refunds.create({"payment_intent": intent.id, "amount": 50_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        sdk.refunds.create({"payment_intent": intent.id, "amount": 4_001})
    sdk.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.refunds.create({"charge": intent.latest_charge})
    assert refused.value.code == "charge_already_refunded"


def test_a_dispute_takes_the_money_until_it_is_won(stripe_simulator: StripeProcess, sdk: Any) -> None:
    intent = paid_intent(sdk)
    opened = stripe_simulator.control("dispute", payment=intent.id)
    dispute = sdk.disputes.retrieve(opened["id"])
    assert (dispute.status, [line.amount for line in dispute.balance_transactions]) == ("needs_response", [-54_000])
    assert sdk.charges.retrieve(intent.latest_charge).disputed
    stripe_simulator.control("dispute", dispute=dispute.id, outcome="won")
    won = sdk.disputes.retrieve(dispute.id)
    assert (won.status, sum(line.amount for line in won.balance_transactions)) == ("won", 0)


def test_transfers_can_be_reversed_and_payouts_can_fail(stripe_simulator: StripeProcess, sdk: Any) -> None:
    sent = sdk.transfers.create({"amount": 30_000, "currency": "usd", "destination": "acct_owner"})
    sdk.transfers.reversals.create(sent.id, {"amount": 10_000})
    assert (lambda seen: (seen.amount_reversed, seen.reversed))(sdk.transfers.retrieve(sent.id)) == (10_000, False)
    out = sdk.payouts.create({"amount": 5_000, "currency": "usd", "destination": "ba_return"})
    assert eventually(lambda: sdk.payouts.retrieve(out.id).status == "failed")
    with pytest.raises(stripe.InvalidRequestError):
        sdk.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_missing"})
    stripe_simulator.control("balance", currency="CHF", available=100)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sdk.transfers.create({"amount": 101, "currency": "chf", "destination": "acct_owner"})
    assert refused.value.code == "balance_insufficient"


def test_a_connected_account_has_books_of_its_own(stripe_simulator: StripeProcess, sdk: Any) -> None:
    theirs = stripe_simulator.sdk(stripe_account="acct_theirs")
    intent = paid_intent(theirs)
    assert theirs.payment_intents.retrieve(intent.id).id == intent.id
    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.retrieve(intent.id)


# --- the shape of things ------------------------------------------------------------------------------------


def declared(cls: type) -> tuple[set[str], set[str]]:
    """The names that the client declares for an object: all, and those that are never absent."""
    source = inspect.getsourcefile(cls)
    assert source is not None
    with open(source) as file:
        tree = ast.parse(file.read())
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__).body
    fields = {
        node.target.id: ast.unparse(node.annotation)
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    fields = {name: type_ for name, type_ in fields.items() if not type_.startswith("ClassVar")}
    return set(fields), {name for name, type_ in fields.items() if not type_.startswith("Optional")}


def test_objects_have_the_keys_that_the_client_expects(stripe_simulator: StripeProcess, sdk: Any) -> None:
    intent = paid_intent(sdk)
    refund = sdk.refunds.create({"payment_intent": intent.id, "amount": 1})
    sent = sdk.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_owner"})
    dispute = stripe_simulator.control("dispute", payment=paid_intent(sdk).id)
    endpoint = sdk.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["payout.paid"]})
    things: list[tuple[type, Any]] = [
        (stripe.PaymentIntent, intent),
        (stripe.Charge, sdk.charges.retrieve(intent.latest_charge)),
        (stripe.Refund, refund),
        (checkout.Session, sdk.checkout.sessions.create(session_params())),
        (stripe.Transfer, sent),
        (stripe.Payout, sdk.payouts.create({"amount": 1, "currency": "usd"})),
        (stripe.Dispute, sdk.disputes.retrieve(dispute["id"])),
        (stripe.BalanceTransaction, sdk.balance_transactions.retrieve(refund.balance_transaction)),
        (stripe.Event, sdk.events.list({"limit": 1}).data[0]),
        (stripe.WebhookEndpoint, endpoint),
    ]
    sdk.webhook_endpoints.delete(endpoint.id)
    for cls, thing in things:
        known, needed = declared(cls)
        keys = set(thing.to_dict())
        assert isinstance(thing, cls)
        assert keys <= known, f"{cls.__name__} has no {keys - known}"
        assert needed <= keys, f"{cls.__name__} lacks {needed - keys}"


def test_unknown_parameters_and_wrong_keys_are_refused(stripe_simulator: StripeProcess, sdk: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        sdk.payment_intents.create({"amount": 500, "currency": "usd", "colour": "green"})
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "colour")
    with pytest.raises(stripe.InvalidRequestError) as small:
        sdk.payment_intents.create({"amount": 49, "currency": "usd"})
    assert small.value.code == "amount_too_small"
    with pytest.raises(stripe.AuthenticationError) as refused:
        stripe_simulator.sdk(key="sk_test_wrongwrongwrong").balance.retrieve()
    assert "wrongwrongwrong" not in str(refused.value)


def test_long_lists_come_in_pages(sdk: Any) -> None:
    made = [sdk.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_paged"}).id for _ in range(5)]
    listed = sdk.transfers.list({"destination": "acct_paged", "limit": 2})
    assert [each.id for each in listed.auto_paging_iter()] == made[::-1]
    assert listed.has_more


# --- idempotency --------------------------------------------------------------------------------------------


def test_a_key_brings_the_same_answer_again_and_nothing_else(sdk: Any) -> None:
    key = {"idempotency_key": f"pay:{time.time_ns()}"}
    first = sdk.payment_intents.create({"amount": 500, "currency": "usd"}, key)
    again = sdk.payment_intents.create({"amount": 500, "currency": "usd"}, key)
    assert first.id == again.id
    assert again.last_response.headers["idempotent-replayed"] == "true"
    with pytest.raises(stripe.IdempotencyError):
        sdk.payment_intents.create({"amount": 501, "currency": "usd"}, key)


def test_a_declined_card_is_remembered_and_a_bad_request_is_not(sdk: Any) -> None:
    intent = sdk.payment_intents.create({"amount": 500, "currency": "usd"})
    key = {"idempotency_key": f"confirm:{intent.id}"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            sdk.payment_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"}, key)
    assert len(sdk.charges.list({"payment_intent": intent.id}).data) == 1
    key = {"idempotency_key": f"pay:{time.time_ns()}"}
    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.create({"amount": 1, "currency": "usd"}, key)
    assert sdk.payment_intents.create({"amount": 500, "currency": "usd"}, key).amount == 500


def test_a_key_that_is_under_way_is_refused_to_others(stripe_simulator: StripeProcess, sdk: Any) -> None:
    stripe_simulator.fault("create_payment_intent", "slow")
    key = {"idempotency_key": f"pay:{time.time_ns()}"}
    made: list[Any] = []
    body = {"amount": 500, "currency": "usd"}
    first = threading.Thread(target=lambda: made.append(stripe_simulator.sdk().payment_intents.create(body, key)))
    first.start()
    time.sleep(0.5)
    with pytest.raises(stripe.APIError) as refused:
        sdk.payment_intents.create(body, key)
    assert (refused.value.http_status, refused.value.error.code) == (409, "idempotency_key_in_use")
    first.join()
    assert sdk.payment_intents.create(body, key).id == made[0].id


# --- events -------------------------------------------------------------------------------------------------


def test_events_are_signed_as_the_client_verifies_them(
    stripe_simulator: StripeProcess, sdk: Any, listener: Listener
) -> None:
    address = listener.new_address()
    secret = stripe_simulator.endpoint(address, "payment_intent.succeeded", "refund.created")
    intent = paid_intent(sdk)
    sdk.refunds.create({"payment_intent": intent.id})
    heard = listener.wait(address, 2)
    events = [stripe.Webhook.construct_event(one.body, one.headers["stripe-signature"], secret) for one in heard]
    assert {event.type for event in events} == {"payment_intent.succeeded", "refund.created"}
    assert {event.api_version for event in events} == {"2026-10-28.endive"}
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(heard[0].body, heard[0].headers["stripe-signature"], "whsec_other")
    stripe_simulator.close_endpoints()


def test_a_failed_delivery_is_tried_again_and_listed_until_then(
    stripe_simulator: StripeProcess, sdk: Any, listener: Listener
) -> None:
    address = listener.new_address()
    stripe_simulator.endpoint(address, "transfer.created")
    listener.refusals = [500, 500]
    sent = sdk.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_owner"})
    ids = {json.loads(one.body)["id"] for one in listener.wait(address, 3, within_s=20)}
    assert len(ids) == 1
    assert eventually(lambda: not sdk.events.list({"type": "transfer.created", "delivery_success": False}).data)
    assert sdk.events.retrieve(ids.pop()).data.object.id == sent.id
    stripe_simulator.close_endpoints()


def test_both_secrets_sign_while_one_is_rolled(stripe_simulator: StripeProcess, sdk: Any, listener: Listener) -> None:
    address = listener.new_address()
    stripe_simulator.endpoint(address, "transfer.created")
    stripe_simulator.control("endpoint", url=address, secrets={"new": "whsec_new", "old": "whsec_old"})
    sdk.transfers.create({"amount": 1, "currency": "usd", "destination": "acct_owner"})
    (heard,) = listener.wait(address)
    for secret in ("whsec_new", "whsec_old"):
        assert stripe.Webhook.construct_event(heard.body, heard.headers["stripe-signature"], secret)
    stripe_simulator.close_endpoints()


# --- pages --------------------------------------------------------------------------------------------------


def test_the_page_shows_who_asks_for_how_much_and_runs_no_script(sdk: Any) -> None:
    session = sdk.checkout.sessions.create(
        session_params(metadata={"merchant": "Beacon <Hill>"}, customer_email="guest@example.com")
    )
    page = httpx.get(session.url, trust_env=False)
    for shown in ("Beacon &lt;Hill&gt;", "540.00", "USD", "FH-7K2Q9M", "guest@example.com", "No real money"):
        assert shown in page.text
    assert "<script" not in page.text
    assert "form-action 'self' http://127.0.0.1:9" in page.headers["content-security-policy"]


NONSENSE = [
    {},
    {"scenario": "rob_bank"},
    {"scenario": "delay", "delay_s": "soon"},
    {"scenario": "pay_late", "delay_s": "nan"},
]


@pytest.mark.parametrize("fields", NONSENSE)
def test_a_form_that_makes_no_sense_is_refused(sdk: Any, fields: dict[str, str]) -> None:
    session = sdk.checkout.sessions.create(session_params())
    assert httpx.post(session.url, data=fields, trust_env=False).status_code == 400
    assert sdk.checkout.sessions.retrieve(session.id).payment_intent is None


def test_pages_need_the_secret_of_an_intent_and_refuse_forms_of_other_sites(
    stripe_simulator: StripeProcess, sdk: Any
) -> None:
    intent = sdk.payment_intents.create({"amount": 500, "currency": "usd"})
    page = f"{stripe_simulator.url}/pay/{intent.id}"
    assert httpx.get(f"{page}?client_secret=guessed", trust_env=False).status_code == 404
    assert httpx.get(f"{stripe_simulator.url}/c/pay/cs_test_guessed", trust_env=False).status_code == 404
    answer = httpx.post(
        f"{page}?client_secret={intent.client_secret}",
        data={"scenario": "pay"},
        headers={"Sec-Fetch-Site": "cross-site"},
        trust_env=False,
    )
    assert answer.status_code == 403
    assert sdk.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_money_by_bank_debit_comes_later_or_not_at_all(stripe_simulator: StripeProcess, sdk: Any) -> None:
    session = sdk.checkout.sessions.create(session_params())
    stripe_simulator.press(session.url, "bank_debit", delay_s="0.3")
    assert sdk.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    assert eventually(lambda: sdk.checkout.sessions.retrieve(session.id).payment_status == "paid")
    other = sdk.checkout.sessions.create(session_params())
    stripe_simulator.press(other.url, "bank_debit_fails", delay_s="0.1")
    intent_id = sdk.checkout.sessions.retrieve(other.id).payment_intent
    assert eventually(lambda: sdk.payment_intents.retrieve(intent_id).last_payment_error is not None)


def test_the_key_is_asked_for_at_the_test_desk_too(stripe_simulator: StripeProcess) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        for path in ("/control/books", "/control/deliveries"):
            answer = httpx.get(f"{stripe_simulator.url}{path}", headers=headers, trust_env=False)
            assert answer.status_code == 401
    good = {"Authorization": f"Bearer {API_KEY}"}
    assert "thing" in httpx.get(f"{stripe_simulator.url}/control/books", headers=good, trust_env=False).json()
