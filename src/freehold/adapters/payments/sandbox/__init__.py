"""The client of the sandbox gateway: everything of its wire format that Freehold knows."""

from freehold.adapters.payments.sandbox.connector import CONNECTOR
from freehold.adapters.payments.sandbox.provider import SandboxProvider
from freehold.adapters.payments.sandbox.settings import SandboxSettings

__all__ = ["CONNECTOR", "SandboxProvider", "SandboxSettings"]
