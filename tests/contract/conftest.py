"""Contract tests share the processes of the simulator tests; one rig per payment provider."""

import pytest

from tests.contract.provider_rig import SandboxRig
from tests.simulators.conftest import listener, sandbox
from tests.simulators.sandbox_process import Listener, SandboxProcess

__all__ = ["listener", "sandbox"]


@pytest.fixture
def sandbox_rig(sandbox: SandboxProcess, listener: Listener) -> SandboxRig:
    return SandboxRig(sandbox, listener)
