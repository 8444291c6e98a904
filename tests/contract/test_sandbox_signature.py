"""Signed webhooks: what is accepted, and that everything else changes nothing.

The signatures are computed here a second time, from the written scheme: neither the gateway nor its client is asked.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.domain.payment_states import PaymentState
from freehold.ports.payment_gateway import BadSignature, Inbound, PaymentSnapshot, WrongAccount
from tests.contract.provider_rig import as_inbound
from tests.simulators.sandbox_process import SECRET, Listener, SandboxProcess

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def settings(*secrets: str, **changes: Any) -> SandboxSettings:
    return SandboxSettings(base_url="http://127.0.0.1:9", api_key="sk", webhook_secrets=secrets or (SECRET,), **changes)


def digest(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> str:
    signed = str(int(at.timestamp())).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def header(body: bytes, *, secret: str = SECRET, at: datetime = NOW) -> str:
    return f"t={int(at.timestamp())},v1={digest(body, secret=secret, at=at)}"


def event(**changes: Any) -> bytes:
    whole = {
        "id": "evt_1",
        "type": "payment.paid",
        "created": NOW.timestamp(),
        "livemode": False,
        "account": "acct_sandbox",
        "data": {"object": {"object": "payment", "id": "pay_1", "metadata": {"payment_id": "ours"}}},
        **changes,
    }
    return json.dumps({name: value for name, value in whole.items() if value != "absent"}).encode()


def inbound(body: bytes, signature: str | None, *, received_at: datetime = NOW) -> Inbound:
    return Inbound(
        method="POST",
        path="/hooks/1",
        query={},
        headers={} if signature is None else {"sandbox-signature": signature},
        body=body,
        remote_ip="127.0.0.1",
        token_ok=True,
        received_at=received_at,
    )


def parse(request: Inbound, *secrets: str, **changes: Any) -> Any:
    return SandboxProvider(settings(*secrets, **changes)).parse_inbound(request).events[0]


@pytest.fixture(scope="module")
def real(sandbox: SandboxProcess, listener: Listener) -> Inbound:
    """A webhook that the gateway really sent."""
    address = listener.new_address()
    sandbox.press(sandbox.order(listener, notify_url=address), "pay")
    return as_inbound(listener.wait(address)[0])


def test_a_real_webhook_is_accepted(real: Inbound) -> None:
    accepted = parse(real)
    assert accepted.trusted
    assert isinstance(accepted.hint, PaymentSnapshot)
    assert accepted.hint.state is PaymentState.PAID


@pytest.mark.parametrize(
    "tamper",
    [
        lambda body: body.replace(b"54000", b"54001", 1),
        lambda body: body + b" ",
        lambda body: json.dumps(json.loads(body)).encode(),
        lambda body: b"",
    ],
    ids=["other amount", "one more byte", "serialised again", "emptied"],
)
def test_a_webhook_with_other_bytes_is_refused(real: Inbound, tamper: Any) -> None:
    tampered = tamper(real.body)
    assert tampered != real.body
    with pytest.raises(BadSignature):
        parse(replace(real, body=tampered))


def test_a_wrong_secret_is_refused(real: Inbound) -> None:
    with pytest.raises(BadSignature):
        parse(real, "whsec_other")


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "t=,v1=",
        "v1=abc",
        f"t={int(NOW.timestamp())}",
        f"t={int(NOW.timestamp())},v1=",
        f"t={int(NOW.timestamp())},v0={digest(event())}",
        f"t=-1,v1={digest(event())}",
        f"t=1_000,v1={digest(event())}",
        f"t=\u0661\u0662,v1={digest(event())}",
        f"t={int(NOW.timestamp())},t=1,v1={digest(event())}",
        f"t={int(NOW.timestamp())},v1=\u00e9{digest(event())}",
        "x" * 10_000,
    ],
)
def test_a_missing_or_malformed_header_is_refused(signature: str | None) -> None:
    with pytest.raises(BadSignature):
        parse(inbound(event(), signature))


def test_any_of_several_signatures_may_match() -> None:
    body = event()
    several = f"t={int(NOW.timestamp())},v1={'0' * 64},v1={digest(body)},v0=ignored"
    assert parse(inbound(body, several)).dedupe_key == "evt_1"


@pytest.mark.parametrize(
    ("age_s", "accepted"),
    [(0, True), (300, True), (301, False), (86_400, False), (-60, True), (-61, False), (-600, False)],
)
def test_the_age_of_a_signature_is_limited_in_both_directions(age_s: int, accepted: bool) -> None:
    body = event()
    request = inbound(body, header(body, at=NOW - timedelta(seconds=age_s)))
    if accepted:
        assert parse(request).dedupe_key == "evt_1"
    else:
        with pytest.raises(BadSignature):
            parse(request)


def test_a_worker_may_come_late_to_an_event_that_arrived_in_time() -> None:
    """The clock of this test is long past NOW, or long before: only the moment of arrival counts."""
    body = event()
    assert parse(inbound(body, header(body), received_at=NOW + timedelta(seconds=5))).dedupe_key == "evt_1"


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_during_a_rotation_both_secrets_are_accepted(secret: str) -> None:
    body = event()
    request = inbound(body, header(body, secret=secret))
    assert parse(request, "whsec_new", "whsec_old").dedupe_key == "evt_1"
    with pytest.raises(BadSignature):
        parse(request, "whsec_newest")


@pytest.fixture
def rotating(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path, webhook_secrets=("whsec_new", "whsec_old")) as process:
        yield process


def test_a_gateway_in_rotation_signs_for_receivers_of_either_secret(
    rotating: SandboxProcess, listener: Listener
) -> None:
    address = listener.new_address()
    rotating.press(rotating.order(listener, notify_url=address), "pay")
    delivered = as_inbound(listener.wait(address)[0])
    assert parse(delivered, "whsec_new").dedupe_key == parse(delivered, "whsec_old").dedupe_key


@pytest.mark.parametrize("changes", [{"livemode": True}, {"account": "acct_other"}, {"livemode": "false"}])
def test_an_event_of_another_account_or_mode_is_refused(changes: dict[str, Any]) -> None:
    body = event(**changes)
    with pytest.raises(WrongAccount):
        parse(inbound(body, header(body)))


def test_a_test_event_on_a_live_endpoint_is_refused() -> None:
    body = event()
    with pytest.raises(WrongAccount):
        parse(inbound(body, header(body)), livemode=True)


@pytest.mark.parametrize("name", ["livemode", "account"])
def test_an_absent_field_is_no_mismatch(name: str) -> None:
    body = event(**{name: "absent"})
    assert parse(inbound(body, header(body))).dedupe_key == "evt_1"


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"null", b'{"id":"","data":7}', b'{"data":{"object":[]}}', b"\xff\xfe"]
)
def test_a_signed_event_that_cannot_be_read_is_kept_for_a_person(body: bytes) -> None:
    kept = parse(inbound(body, header(body)))
    assert (kept.subject, kept.hint, kept.object_id) == ("other", None, None)
    assert kept.dedupe_key == f"sha256:{hashlib.sha256(body).hexdigest()}"


def test_a_signed_event_of_an_unknown_form_still_names_its_payment() -> None:
    """Without a readable snapshot the event is a reason to fetch."""
    body = event()
    known = parse(inbound(body, header(body)))
    assert (known.subject, known.object_id, known.our_id, known.hint) == ("payment", "pay_1", "ours", None)


@pytest.mark.parametrize("secrets", [(), ("",), ("good", ""), ("a", "b", "c")])
def test_settings_refuse_secrets_that_protect_nothing(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="webhook_secrets"):
        SandboxSettings(base_url="http://127.0.0.1:9", api_key="sk", webhook_secrets=secrets)
