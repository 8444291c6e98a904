"""Contract tests share the processes of the simulator tests; one rig per payment provider."""

import pytest

from tests.contract.provider_rig import SandboxRig
from tests.contract.razorpay_rig import RazorpayRig
from tests.simulators.conftest import listener, razorpay_simulator, sandbox
from tests.simulators.razorpay_process import RazorpayProcess
from tests.simulators.sandbox_process import Listener, SandboxProcess

__all__ = ["listener", "razorpay_simulator", "sandbox"]


@pytest.fixture
def sandbox_rig(sandbox: SandboxProcess, listener: Listener) -> SandboxRig:
    return SandboxRig(sandbox, listener)


@pytest.fixture
def razorpay_rig(razorpay_simulator: RazorpayProcess, listener: Listener) -> RazorpayRig:
    return RazorpayRig(razorpay_simulator, listener)
