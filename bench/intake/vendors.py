"""Stands in for the two providers that are asked what happened, and for Amazon: answers at once, keeps nothing.

A process of its own, so that what it takes is not taken from the senders.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from bench.intake.messages import Sender
from freehold.cli.machine import free_port
from freehold.domain.money import Money

_fork = multiprocessing.get_context("fork")
CERTIFICATE_PATH = "/bench.pem"


@contextmanager
def vendors() -> Iterator[tuple[str, Sender]]:
    """Their address, and who sends in their name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    port = free_port()
    process = _fork.Process(target=_serve, args=[port, _self_signed(key)], daemon=True)
    process.start()
    url = f"http://127.0.0.1:{port}"
    try:
        yield url, Sender(key, f"{url}{CERTIFICATE_PATH}")
    finally:
        process.kill()
        process.join()


def _self_signed(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
    return builder.not_valid_after(now + timedelta(days=1)).sign(key, SHA256()).public_bytes(Encoding.PEM)


def _serve(port: int, certificate: bytes) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == CERTIFICATE_PATH:
                self._answer(certificate)
            else:
                self._answer(b'{"access_token":"bench","expires_in":"3599"}')

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            self._answer(json.dumps(_told(self.path, asked)).encode())

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def _told(path: str, asked: dict[str, Any]) -> dict[str, Any]:
    if path.endswith("/token/grant"):
        return {"statusCode": "0000", "id_token": "bench", "expires_in": 3600, "refresh_token": "bench"}
    if path.endswith("/payment/status"):
        name, _, minor = asked["paymentID"].rpartition("_")
        return {
            "statusCode": "0000",
            "paymentID": asked["paymentID"],
            "trxID": f"TRX{name}",
            "transactionStatus": "Completed",
            "amount": Money(int(minor), "BDT").amount_text(),
            "currency": "BDT",
            "paymentExecuteTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}:000 GMT+0000",
        }
    return {"ResponseCode": "0", "ResultCode": "0", "ResultDesc": "done", "CheckoutRequestID": "bench"}
