"""Who may read the numbers at /metrics, as the environment says. Nothing set, nobody: there is no such page."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

MINIMUM_TOKEN_LENGTH = 32


class MetricsSettings(BaseSettings):
    """With both a token and networks a reader needs both."""

    metrics_token: SecretStr = SecretStr("")
    metrics_networks: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("metrics_token")
    @classmethod
    def _long_token(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(value.get_secret_value()) < MINIMUM_TOKEN_LENGTH:
            raise ValueError(f"the token is shorter than {MINIMUM_TOKEN_LENGTH} characters: openssl rand -hex 32")
        return value

    @field_validator("metrics_networks", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("metrics_networks")
    @classmethod
    def _private_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            networks = [ip_network(each) for each in value]
        except ValueError:
            raise ValueError("addresses or networks, separated by commas: 127.0.0.1,10.0.0.0/8") from None
        if not all(network.is_private for network in networks):
            raise ValueError("only private networks; whoever reads from elsewhere needs FREEHOLD_METRICS_TOKEN")
        return value

    @property
    def has_metrics(self) -> bool:
        return bool(self.metrics_token.get_secret_value() or self.metrics_networks)
