"""The gateway may die at any moment: its books are complete, and what it owes is sent by the next process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.simulators.sandbox_process import API_KEY, SOURCE, Listener, SandboxProcess, eventually, free_port

pytestmark = pytest.mark.crash


@pytest.fixture
def own(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path) as process:
        yield process


@pytest.fixture
def merchant() -> Iterator[Listener]:
    """A listener that is not up yet."""
    listener = Listener()
    yield listener
    listener.stop()


def test_a_killed_gateway_keeps_its_books_and_sends_what_it_owes(own: SandboxProcess, merchant: Listener) -> None:
    address = merchant.new_address()
    order = own.order(merchant, notify_url=address)
    own.press(order, "pay")
    before = own.payment(order)
    own.kill()
    own.start()
    assert own.payment(order) == before
    own.kill()
    merchant.start()
    assert merchant.about(address) == []
    own.start()
    assert json.loads(merchant.wait(address)[0].body)["data"]["object"] == before


def test_a_restart_does_not_wait_for_the_next_try_of_a_long_silence(own: SandboxProcess, merchant: Listener) -> None:
    address = merchant.new_address()
    own.press(own.order(merchant, notify_url=address), "pay")
    for failed in range(1, 9):
        eventually(lambda: own.api.get("/deliveries").text.count(">ConnectError<") >= failed)  # noqa: B023
        own.api.post("/control/clock", json={"advance_s": 600})
    own.stop()
    merchant.start()
    own.start()
    assert merchant.wait(address, within_s=3)


def test_planned_changes_survive_a_kill(own: SandboxProcess, merchant: Listener) -> None:
    merchant.start()
    address = merchant.new_address()
    order = own.order(merchant, notify_url=address)
    own.press(order, "pay_late", delay_s="0.5")
    own.kill()
    own.start()
    assert json.loads(merchant.wait(address)[0].body)["type"] == "payment.paid"


def test_every_acknowledged_payment_survives_kills_under_load(own: SandboxProcess, merchant: Listener) -> None:
    merchant.start()
    paid: list[tuple[dict[str, object], str]] = []
    for _ in range(3):
        for _ in range(5):
            address = merchant.new_address()
            order = own.order(merchant, notify_url=address)
            own.press(order, "pay")
            paid.append((order, address))
        own.kill()
        own.start()
    for order, address in paid:
        assert own.payment(order)["amount_received"] == 54_000
        assert len({heard.body for heard in merchant.wait(address)}) == 1


def test_idempotency_survives_a_kill(own: SandboxProcess, merchant: Listener) -> None:
    merchant.start()
    order = own.order(merchant)
    own.press(order, "pay")
    body = {"payment": order["id"], "amount": 100}
    first = own.api.post("/v1/refunds", json=body, headers={"Idempotency-Key": "refund:1"}).json()
    own.kill()
    own.start()
    second = own.api.post("/v1/refunds", json=body, headers={"Idempotency-Key": "refund:1"}).json()
    assert first == second
    assert own.payment(order)["amount_refunded"] == 100


def test_a_failed_delivery_is_tried_again_soon_and_then_rarely(own: SandboxProcess, merchant: Listener) -> None:
    merchant.refusals = [500, 404, 302]
    merchant.start()
    address = merchant.new_address()
    own.press(own.order(merchant, notify_url=address), "pay")
    heard = merchant.wait(address, 4, within_s=15)
    gaps = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(heard)]
    for gap, usual in zip(gaps, [0.5, 1.0, 2.0], strict=True):
        assert 0.75 * usual < gap < 1.5 * usual + 1.5  # the machine may be busy
    signatures = {one.headers["sandbox-signature"] for one in heard}
    assert len(signatures) > 1, "every attempt is signed with its own time"


def test_the_gateway_leaves_with_its_parent(own: SandboxProcess) -> None:
    started = time.monotonic()
    assert own.abandon() == 0
    assert time.monotonic() - started < 4


def test_sigterm_is_prompt_even_while_a_call_hangs(own: SandboxProcess) -> None:
    own.fault("list_ledger", "timeout")
    with (
        httpx.Client(base_url=own.url, headers={"Authorization": f"Bearer {API_KEY}"}) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.get("/v1/ledger", timeout=0.3)
    started = time.monotonic()
    assert own.stop(signal.SIGTERM) == 0
    assert time.monotonic() - started < 4


def test_ctrl_c_for_the_whole_group_is_left_to_the_parent(own: SandboxProcess) -> None:
    assert own.process is not None
    own.process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    assert eventually(own.is_up)


@pytest.mark.parametrize("shared", ["home", "port"])
def test_a_second_gateway_does_not_share_a_home_or_a_port(
    own: SandboxProcess, tmp_path_factory: pytest.TempPathFactory, shared: str
) -> None:
    home = own.home if shared == "home" else tmp_path_factory.mktemp("other")
    port = own.port if shared == "port" else free_port()
    command = [sys.executable, "-m", "freehold.simulators.sandbox", "--home", str(home), "--port", str(port)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE)}
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1
    assert "sandbox gateway: " in second.stderr
    assert own.is_up()
