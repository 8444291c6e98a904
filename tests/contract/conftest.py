"""Contract tests share the processes of the simulator tests; one rig per payment provider."""

import pytest

from tests.contract.bkash_rig import BkashRig
from tests.contract.mpesa_rig import MpesaRig
from tests.contract.provider_rig import SandboxRig
from tests.contract.razorpay_rig import RazorpayRig
from tests.contract.stripe_rig import StripeRig
from tests.simulators.bkash_process import BkashProcess
from tests.simulators.conftest import (
    bkash_simulator,
    listener,
    mpesa_simulator,
    razorpay_simulator,
    sandbox,
    stripe_simulator,
)
from tests.simulators.mpesa_process import MpesaProcess
from tests.simulators.razorpay_process import RazorpayProcess
from tests.simulators.sandbox_process import Listener, SandboxProcess
from tests.simulators.stripe_process import StripeProcess

__all__ = [
    "bkash_simulator",
    "listener",
    "mpesa_simulator",
    "razorpay_simulator",
    "sandbox",
    "stripe_simulator",
]


@pytest.fixture
def sandbox_rig(sandbox: SandboxProcess, listener: Listener) -> SandboxRig:
    return SandboxRig(sandbox, listener)


@pytest.fixture
def razorpay_rig(razorpay_simulator: RazorpayProcess, listener: Listener) -> RazorpayRig:
    return RazorpayRig(razorpay_simulator, listener)


@pytest.fixture
def bkash_rig(bkash_simulator: BkashProcess, listener: Listener) -> BkashRig:
    return BkashRig(bkash_simulator, listener)


@pytest.fixture
def mpesa_rig(mpesa_simulator: MpesaProcess, listener: Listener) -> MpesaRig:
    """As the shared contract wants it: what messages tell is used when the provider is asked."""
    return MpesaRig(mpesa_simulator, listener, hears=True)


@pytest.fixture
def mpesa_wire(mpesa_simulator: MpesaProcess, listener: Listener) -> MpesaRig:
    return MpesaRig(mpesa_simulator, listener)


@pytest.fixture
def stripe_rig(stripe_simulator: StripeProcess, listener: Listener) -> StripeRig:
    return StripeRig(stripe_simulator, listener)


@pytest.fixture
def stripe_intent_rig(stripe_simulator: StripeProcess, listener: Listener) -> StripeRig:
    return StripeRig(stripe_simulator, listener, mode="intent")
