"""Contract tests share the processes of the simulator tests; one rig per payment provider."""

import pytest

from tests.contract.bkash_rig import BkashRig
from tests.contract.provider_rig import SandboxRig
from tests.simulators.bkash_process import BkashProcess
from tests.simulators.conftest import bkash_simulator, listener, sandbox
from tests.simulators.sandbox_process import Listener, SandboxProcess

__all__ = ["bkash_simulator", "listener", "sandbox"]


@pytest.fixture
def sandbox_rig(sandbox: SandboxProcess, listener: Listener) -> SandboxRig:
    return SandboxRig(sandbox, listener)


@pytest.fixture
def bkash_rig(bkash_simulator: BkashProcess, listener: Listener) -> BkashRig:
    return BkashRig(bkash_simulator, listener)
