"""Contract tests share the gateway process of the simulator tests."""

from tests.simulators.conftest import listener, sandbox

__all__ = ["listener", "sandbox"]
