"""The providers that an inn may be paid by."""

import json
from collections.abc import Callable
from functools import cache
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from freehold.adapters.payments import bkash, mpesa, razorpay, sandbox, stripe
from freehold.payments.models import Payment
from freehold.payments.next_action import payers_action
from freehold.simulators.sandbox.books import ACCOUNT
from tests.contract.bkash_rig import FAULTS as BKASH_FAULTS
from tests.contract.mpesa_rig import FAULTS as MPESA_FAULTS
from tests.contract.razorpay_rig import FAULTS as RAZORPAY_FAULTS
from tests.contract.stripe_rig import CHECKOUT, INTENT
from tests.simulators import bkash_process, mpesa_process, razorpay_process, sandbox_process, stripe_process
from tests.simulators.process import Heard
from tests.support.gateways.till import Till


class SandboxTill(Till):
    connector = sandbox.CONNECTOR
    currency = "USD"
    deeds = frozenset(
        {"pay", "decline", "cancel", "pay_late", "pay_twice", "wrong_amount", "lost_webhook", "duplicate_webhook"}
        | {"out_of_order", "refund_fails_later"}
    )
    operations = {
        "create_payment": "create_payment",
        "fetch_payment": "get_payment",
        "cancel_payment": "cancel_payment",
        "refund": "create_refund",
        "fetch_refund": "get_refund",
    }

    @property
    def account(self) -> str:
        """Its messages name it."""
        return ACCOUNT

    def values(self) -> dict[str, str]:
        return {"api_key": sandbox_process.API_KEY, "secrets": sandbox_process.SECRET}

    def act(self, payment: Payment, deed: str, **details: str) -> dict[str, str]:
        return _press(payment.next_action["url"], deed, **details)

    def type_of(self, heard: Heard) -> str:
        return str(json.loads(heard.body)["type"])

    def held(self) -> dict[str, int]:
        return self.sums("SELECT currency, amount FROM ledger_line")

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        self.calm()
        answer = self.simulator.api.post("/v1/refunds", json={"payment": payment.object_id, "amount": minor})
        assert answer.status_code == 201, answer.text


class StripeTill(Till):
    """Checkout: the payer's page is Stripe's."""

    connector = stripe.CONNECTOR
    currency = "USD"
    mode = "checkout"
    secret = "whsec_of_the_inn"
    deeds = frozenset(
        {"pay", "decline", "pay_late", "bank_debit", "bank_debit_fails", "lost_webhook", "duplicate_webhook"}
        | {"out_of_order", "refund_fails_later"}
    )
    operations = {**CHECKOUT, "fetch_payment": "get_checkout_session", "refund": "create_refund"} | {
        "fetch_refund": "get_refund"
    }

    def values(self) -> dict[str, str]:
        return {
            "secret_key": stripe_process.API_KEY,
            "webhook_secret": self.secret,
            "publishable_key": "pk_test_fortests",
            "mode": self.mode,
        }

    def tell(self, address: str) -> None:
        self.simulator.control("endpoint", url=address, secrets={"new": self.secret})

    def act(self, payment: Payment, deed: str, **details: str) -> dict[str, str]:
        return _press(self._page(payment), deed, **details)

    def _page(self, payment: Payment) -> str:
        return str(payment.next_action["url"])

    def type_of(self, heard: Heard) -> str:
        return str(json.loads(heard.body)["type"])

    def held(self) -> dict[str, int]:
        """Every movement of the balance; the currencies here have two decimals at Stripe as well."""
        return self.sums("SELECT body ->> 'currency', body ->> 'amount' FROM thing WHERE kind = 'balance_transaction'")

    def intent_of(self, payment: Payment) -> str:
        return str(payment.provider_extra.get("payment_intent") or payment.object_id)

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        self.calm()
        self.simulator.sdk().refunds.create({"payment_intent": self.intent_of(payment), "amount": minor})


class StripeIntentTill(StripeTill):
    """The payer's page is ours, with Stripe's script in it."""

    mode = "intent"
    operations = {**INTENT, "fetch_payment": "get_payment_intent", "refund": "create_refund"} | {
        "fetch_refund": "get_refund"
    }

    def _page(self, payment: Payment) -> str:
        secret = payers_action(payment)["client"]["client_secret"]
        return f"{self.simulator.url}/pay/{payment.object_id}?client_secret={secret}&return_url=http://127.0.0.1:9/"


class RazorpayTill(Till):
    connector = razorpay.CONNECTOR
    currency = "INR"
    deeds = frozenset(
        {"pay", "decline", "cancel", "pay_late", "held", "pay_twice", "wrong_amount", "lost_webhook"}
        | {"duplicate_webhook", "out_of_order", "refund_fails_later", "refund_takes_time"}
    )
    operations = {**RAZORPAY_FAULTS, "fetch_payment": "list_order_payments", "refund": "create_refund"} | {
        "fetch_refund": "get_refund"
    }

    def values(self) -> dict[str, str]:
        return {
            "key_id": razorpay_process.KEY_ID,
            "key_secret": razorpay_process.KEY_SECRET,
            "webhook_secret": razorpay_process.WEBHOOK_SECRET,
            "merchant_id": razorpay_process.ACCOUNT,
            "currencies": "INR, USD",
            "checkout_url": f"{self.simulator.url}/checkout",
        }

    def tell(self, address: str) -> None:
        self.simulator.control("webhook", address=address, secret=razorpay_process.WEBHOOK_SECRET)

    def act(self, payment: Payment, deed: str, **details: str) -> dict[str, str]:
        """The window in our page, and the signed names that it hands to our page: still only a reason to ask."""
        query = {
            "key_id": razorpay_process.KEY_ID,
            "order_id": payment.object_id,
            "callback_url": payment.return_url,
            "callback_method": "get",
        }
        return _press(f"{self.simulator.url}/checkout?{urlencode(query)}", deed, **details)

    def type_of(self, heard: Heard) -> str:
        return str(json.loads(heard.body)["event"])

    def held(self) -> dict[str, int]:
        return self.sums(
            "SELECT currency, amount FROM payment WHERE captured UNION ALL"
            " SELECT p.currency, -r.amount FROM refund AS r JOIN payment AS p ON p.id = r.payment_id"
            " WHERE p.captured AND r.status <> 'failed' UNION ALL"
            " SELECT p.currency, -d.amount_deducted FROM dispute AS d JOIN payment AS p ON p.id = d.payment_id"
        )

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        self.simulator.control("refund", payment_id=payment.charge_id, amount=minor)


class BkashTill(Till):
    """What the payer does takes effect when the browser comes back: `Inn.act` lets it come."""

    connector = bkash.CONNECTOR
    currency = "BDT"
    shares_tokens = True
    deeds = frozenset(
        {"pay", "decline", "cancel", "forge", "balance_gone", "wrong_amount", "lost_webhook", "duplicate_webhook"}
        | {"lost_answer", "broken_before", "approve_and_stay"}
    )
    operations = {
        **BKASH_FAULTS,
        "fetch_payment": "query",
        "complete_return": "execute",
        "refund": "refund",
        "fetch_refund": "refund_status",
    }

    def values(self) -> dict[str, str]:
        return {
            "username": bkash_process.USERNAME,
            "password": bkash_process.PASSWORD,
            "app_key": bkash_process.APP_KEY,
            "app_secret": bkash_process.APP_SECRET,
            "topic_arn": bkash_process.TOPIC,
        }

    def tell(self, address: str) -> None:
        self.simulator.control("subscribe", url=address)

    def act(self, payment: Payment, deed: str, **details: str) -> dict[str, str]:
        return _press(payment.next_action["url"], deed, **details)

    def type_of(self, heard: Heard) -> str:
        return heard.headers["x-amz-sns-message-type"]

    def held(self) -> dict[str, int]:
        return self.sums(
            "SELECT 'BDT', coalesce(taken, amount) FROM payment WHERE status = 'completed' UNION ALL"
            " SELECT 'BDT', -amount FROM refund WHERE status <> 'Failed' UNION ALL"
            " SELECT 'BDT', -amount FROM payout UNION ALL SELECT 'BDT', amount FROM credit"
        )

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        self.simulator.control("refund_by_hand", payment=payment.object_id, amount=minor)


class MpesaTill(Till):
    """No page and no browser: a prompt on the telephone, and answers that come by message."""

    connector = mpesa.CONNECTOR
    currency = "KES"
    shares_tokens = True
    deeds = frozenset(
        {"pay", "decline", "cancel", "wrong_pin", "no_answer", "locked", "pay_late", "wrong_amount"}
        | {"lost_webhook", "duplicate_webhook", "lost_then_failed"}
    )
    operations = {
        **MPESA_FAULTS,
        "fetch_payment": "push_query",
        "refund": "reversal",
        "refund_part": "b2c",
        "fetch_refund": "status",
    }

    def values(self) -> dict[str, str]:
        wanted = ("consumer_key", "consumer_secret", "passkey", "initiator", "initiator_password")
        keys = {name: mpesa_process.KEYS[name.upper()] for name in wanted}
        return {"shortcode": mpesa_process.SHORTCODE, "certificate": self.simulator.certificate(), **keys}

    def act(self, payment: Payment, deed: str, **details: str) -> dict[str, str]:
        _press(f"{self.simulator.url}/prompt/{self._prompts(payment)[-1]}", deed, **details)
        return {}

    def has_prompt(self, payment: Payment) -> bool:
        return bool(self._prompts(payment))

    def _prompts(self, payment: Payment) -> list[str]:
        """A push whose answer was lost rings as well: it is the latest on this telephone."""
        phone = str(payment.request["payer"]["phone_e164"]).removeprefix("+")
        column, value = ("id", payment.object_id) if payment.object_id else ("phone", phone)
        found = self.rows(f"SELECT token FROM push WHERE {column} = :value ORDER BY created", value=value)
        return [token for (token,) in found]

    def type_of(self, heard: Heard) -> str:
        """stkCallback, Result, or C2B; and of results what they answer."""
        body = json.loads(heard.body)
        about = parse_qs(urlsplit(heard.path).query)
        kind = next(iter(body.get("Body", body)), "")
        return " ".join([kind, *about.get("about", [])])

    def held(self) -> dict[str, int]:
        """M-Pesa counts whole shillings."""
        return self.sums("SELECT 'KES', 100 * amount FROM movement")

    def pushes_paid(self) -> list[tuple[str, str, int]]:
        """Receipt, reference and minor units of what came by prompts, whether or not anything here ever named them."""
        found = self.rows("SELECT receipt, reference, 100 * amount FROM movement WHERE kind = 'push'")
        return [(str(receipt), str(reference), int(minor)) for receipt, reference, minor in found]

    def refund_in_dashboard(self, payment: Payment, minor: int) -> None:
        raise NotImplementedError("nobody but us moves money out of the shortcode")


TILLS: dict[str, Callable[..., Till]] = {
    "sandbox": SandboxTill,
    "stripe": StripeTill,
    "stripe_intent": StripeIntentTill,
    "razorpay": RazorpayTill,
    "bkash": BkashTill,
    "mpesa": MpesaTill,
}


@cache
def _browser() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=20)


def _press(page: str, deed: str, **details: str) -> dict[str, str]:
    """Press a button of the provider's page: what the browser brings back to the merchant, if it is led back."""
    answer = _browser().post(page, data={"scenario": deed, **details})
    # A declined card leaves the payer on the page; a page whose payment is over has no buttons any more.
    assert answer.status_code in (200, 303, 409), answer.text
    place = urlsplit(answer.headers.get("location", ""))
    return {name: values[-1] for name, values in parse_qs(place.query).items()} if place.netloc else {}
