"""One gateway and one listener for all tests of a worker; tests that kill start their own."""

from collections.abc import Iterator

import pytest

from tests.simulators.bkash_process import BkashProcess
from tests.simulators.mpesa_process import MpesaProcess
from tests.simulators.razorpay_process import RazorpayProcess
from tests.simulators.sandbox_process import Listener, SandboxProcess
from tests.simulators.stripe_process import StripeProcess


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    listener = Listener()
    listener.start()
    yield listener
    listener.stop()


@pytest.fixture(scope="session")
def razorpay_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RazorpayProcess]:
    with RazorpayProcess(tmp_path_factory.mktemp("razorpay")) as process:
        yield process


@pytest.fixture(scope="session")
def bkash_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BkashProcess]:
    with BkashProcess(tmp_path_factory.mktemp("bkash")) as process:
        yield process


@pytest.fixture(scope="session")
def mpesa_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MpesaProcess]:
    with MpesaProcess(tmp_path_factory.mktemp("mpesa")) as process:
        yield process


@pytest.fixture(scope="session")
def stripe_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeProcess]:
    with StripeProcess(tmp_path_factory.mktemp("stripe")) as process:
        yield process
