"""Every answer that Razorpay, or something in between, may give: was it executed or not?"""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from freehold.adapters.payments.razorpay import RazorpayProvider, RazorpaySettings
from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    PaymentProvider,
    ProviderError,
    ProviderRef,
    RefundRequest,
    Retryable,
    Unknown,
)
from tests.simulators.process import SOURCE

CHARGE = {
    "id": "pay_1",
    "status": "captured",
    "captured": True,
    "amount": 54_000,
    "currency": "INR",
    "amount_refunded": 0,
    "created_at": 1_795_217_400,
}
REFUND = {"id": "rfnd_1", "status": "processed", "amount": 100, "currency": "INR", "payment_id": "pay_1"}
REF = ProviderRef("order_1")


@dataclass
class Counter:
    """A Razorpay of which we write every answer. `writes` is what a POST gets, `reads` what a GET gets."""

    writes: tuple[int, bytes] = (200, b"{}")
    reads: tuple[int, bytes] = (200, json.dumps({"items": [CHARGE]}).encode())
    hangs_up: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    def start(self) -> Callable[[], None]:
        counter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*counter.reads)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                counter.asked.append({name.lower(): value for name, value in self.headers.items()})
                if counter.hangs_up:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self._answer(*counter.writes)

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server.shutdown


@pytest.fixture
def counter() -> Iterator[Counter]:
    counter = Counter()
    stop = counter.start()
    yield counter
    stop()


@pytest.fixture
def provider(counter: Counter) -> PaymentProvider:
    return RazorpayProvider(
        RazorpaySettings(
            account="house",
            key_id="rzp_test_1",
            key_secret="secret",
            webhook_secrets=("secret",),
            base_url=f"http://127.0.0.1:{counter.port}",
            read_timeout_s=2,
        )
    )


def refund(provider: PaymentProvider) -> Any:
    return provider.refund(RefundRequest("0190a5c0-0000-7000-8000-000000000001", REF, Money(100, "INR"), "cancelled"))


def error(description: str, code: str = "BAD_REQUEST_ERROR", **more: object) -> bytes:
    return json.dumps({"error": {"code": code, "description": description, "reason": "NA", **more}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (400, error("The refund amount provided is greater than amount captured"), Declined),
        (400, error("The payment has been fully refunded already"), Declined),
        (400, error("Refund is not supported by the bank because the payment is more than 6 months old"), Declined),
        (400, error("Your account does not have enough balance to carry out the refund operation."), Declined),
        (400, error("The id provided does not exist"), Misconfigured),
        (401, error("Authentication failed"), Misconfigured),
        (409, error("Different request with the same idempotency key has already been processed."), Misconfigured),
        (409, error("Another request with the same idempotency key is still in progress."), Unknown),
        (429, b"slow down", Retryable),
        (400, error("The bank did not answer", "GATEWAY_ERROR"), Unknown),
        (400, error("We are facing some trouble", "SERVER_ERROR"), Unknown),
        (500, error("We are facing some trouble", "SERVER_ERROR"), Unknown),
        (502, b"<h1>Bad Gateway</h1>", Unknown),
        (302, b"", Unknown),
        (200, b"", Unknown),
        (200, b"[1, 2]", Unknown),
        (200, b'"fine"', Unknown),
        (200, b"{}", Unknown),
        (200, json.dumps({"id": "rfnd_1"}).encode(), Unknown),
        (404, b"<h1>Not here</h1>", Unknown),
        (400, b'{"error": "of another form"}', Unknown),
    ],
)
def test_case_17_each_answer_to_a_write_says_whether_it_may_have_been_executed(
    counter: Counter, provider: PaymentProvider, status: int, body: bytes, raised: type[ProviderError]
) -> None:
    counter.writes = (status, body)
    with pytest.raises(ProviderError) as refused:
        refund(provider)
    assert refused.type is raised
    assert len(counter.asked) == 1, "the SDK must not repeat by itself"


def test_a_connection_that_breaks_while_we_wait_may_have_been_enough(
    counter: Counter, provider: PaymentProvider
) -> None:
    counter.hangs_up = True
    with pytest.raises(Unknown):
        refund(provider)


def test_a_refund_carries_a_key_of_razorpays_form(counter: Counter, provider: PaymentProvider) -> None:
    counter.writes = (200, json.dumps(REFUND).encode())
    assert refund(provider).state is RefundState.SUCCEEDED
    assert counter.asked[0]["x-refund-idempotency"] == "refund-0190a5c0-0000-7000-8000-000000000001"
    assert counter.asked[0]["content-type"] == "application/json"


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"items": null}', b'{"items": [1]}', b'{"items": [{}]}'])
def test_a_question_without_a_usable_answer_may_be_asked_again(
    counter: Counter, provider: PaymentProvider, body: bytes
) -> None:
    counter.reads = (200, body)
    with pytest.raises(Retryable):
        refund(provider)
    assert counter.asked == []


def test_who_has_no_account_at_razorpay_never_waits_for_its_sdk() -> None:
    look = "import sys, freehold.adapters.payments.razorpay as _; sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", look], env={"PYTHONPATH": str(SOURCE)}, check=False).returncode == 0
