"""Whole houses with real providers and simulators."""

from tests.support.gateways.fixtures import *  # noqa: F403 - fixtures
