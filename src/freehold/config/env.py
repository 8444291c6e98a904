"""Typed settings from the environment: the only place that reads environment variables.

A wrong environment fails at boot with every problem in one message, because an operator who must restart a
service once per mistake stops reading. Names carry the prefix FREEHOLD_, except DATABASE_URL, REDIS_URL
and SITE_URL, which hosting platforms set by convention.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from phonenumbers import SUPPORTED_REGIONS
from pydantic import AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from freehold.config.env_gateways import (
    DEVELOPMENT_GATEWAYS,
    CommaSeparated,
    GatewaySettings,
    Mode,
    simulator_addresses,
)
from freehold.config.env_metrics import MetricsSettings
from freehold.config.social import SocialEnvironment

__all__ = ["BadEnvironment", "Environment", "Mode"]

INSECURE_SECRET = "insecure-secret-for-development-and-tests-only"  # noqa: S105 - refused in production
MINIMUM_SECRET_LENGTH = 50
UNPREFIXED = frozenset({"DATABASE_URL", "REDIS_URL", "SITE_URL"})
MINIMUM_KEY_LENGTH = 32
RATE = re.compile(r"[1-9][0-9]{0,8}/[1-9][0-9]{0,5}s")
RATE_CLASSES = (
    *("anonymous_read", "read", "write", "search", "hold"),
    *("sign_in", "register", "password_reset", "factor", "phone_code"),
)
# scheme -> (how the connection is protected, the usual port)
MAIL_SECURITY: dict[str, tuple[Literal["none", "starttls", "tls"], int]] = {
    "smtp": ("none", 25),
    "smtp+starttls": ("starttls", 587),
    "smtps": ("tls", 465),
}


class BadEnvironment(Exception):
    """The environment does not describe a system that may start. `problems` lists all of them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"Freehold cannot start, the environment has {len(problems)} problem(s):\n{lines}")


class Environment(MetricsSettings, SocialEnvironment, GatewaySettings):
    """All settings that differ between installations. Every field may be given as FREEHOLD_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix="FREEHOLD_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        validate_default=True,
    )

    debug: bool = False
    home: Path = Path(".freehold")
    secret_key: SecretStr = SecretStr(INSECURE_SECRET)
    # What encrypts the secrets that the database holds: the first writes, all read.
    encryption_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    site_url: str = Field("http://127.0.0.1:8000", validation_alias=AliasChoices("site_url", "SITE_URL"))
    allowed_hosts: CommaSeparated = ()
    trusted_proxies: int = Field(0, ge=0, le=10)
    # Limits of the API that differ from the usual ones: search=600/60s,hold=60/60s
    rate_limits: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)
    # Failed sign-ins from strange addresses, of all people together, before strangers have to wait.
    sign_in_failures: str = Field("600/60s", pattern=f"^{RATE.pattern}$")
    # Other origins whose pages may call the API with bearer tokens.
    cors_origins: CommaSeparated = ()
    access_token_minutes: int = Field(10, ge=1, le=60)
    refresh_token_hours: int = Field(24, ge=1, le=24 * 30)

    database_url: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("database_url", "DATABASE_URL"))
    statement_timeout_ms: int = Field(15_000, ge=0)
    lock_timeout_ms: int = Field(5_000, ge=0)
    idle_in_transaction_timeout_ms: int = Field(30_000, ge=0)

    # Where limits are counted; empty: in PostgreSQL.
    redis_url: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("redis_url", "REDIS_URL"))

    # smtp://, smtp+starttls:// or smtps://user:password@host:port; empty: messages are captured, not sent.
    mail_url: SecretStr = SecretStr("")
    mail_sender: str = "Freehold <stays@freehold.example>"
    # twilio://account:token@host, or the https:// address of any gateway that takes a POST; empty: captured, not sent.
    sms_url: SecretStr = SecretStr("")
    sms_sender: str = ""
    # For any gateway: headers as a JSON object, and the body as a template with {to}, {text}, {sender} and {key}.
    sms_headers: SecretStr = SecretStr("{}")
    sms_body: str = '{"to": "{to}", "from": "{sender}", "text": "{text}"}'
    # Numbers that are written without a country code are read as this country's (ISO 3166 alpha-2).
    phone_region: str = ""
    # The same for the clients of the resort API, which were made for one country.
    resort_phone_region: str = "IN"
    # Whereto codes are sent; empty: everywhere.
    sms_countries: CommaSeparated = ()
    sms_per_phone_hour: int = Field(5, ge=1)
    sms_per_address_hour: int = Field(10, ge=1)
    sms_per_range_day: int = Field(20, ge=1)
    sms_per_country_day: int = Field(1_000, ge=1)
    sms_per_day: int = Field(5_000, ge=1)
    tile_url: str = ""
    # The company (its slug) for which who administers several acts through the older APIs; empty: they have to say.
    older_apis_company: str = ""
    demo_data: bool = False

    log_format: str = Field("", pattern=r"^(json|console)?$")
    log_level: str = Field("INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")

    @classmethod
    def load(cls, mode: Mode, **overrides: Any) -> Self:
        """Read the environment for `mode`. Raises BadEnvironment with every problem found."""
        try:
            return cls(mode=mode, **overrides)
        except ValidationError as error:
            raise BadEnvironment([_describe(item) for item in error.errors(include_url=False)]) from None

    @field_validator(
        "allowed_hosts",
        "cors_origins",
        "encryption_keys",
        "payment_gateways",
        "sandbox_secrets",
        "sms_countries",
        "unsigned_webhooks",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("rate_limits", mode="before")
    @classmethod
    def _rates(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
        if wrong := [name for name, _, rate in pairs if name not in RATE_CLASSES or not RATE.fullmatch(rate)]:
            raise ValueError(f"{wrong[0]!r}: one of {', '.join(RATE_CLASSES)} with a rate, as in hold=60/60s")
        return {name: rate for name, _, rate in pairs}

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("debug")
    @classmethod
    def _no_debug_in_production(cls, value: bool, info: ValidationInfo) -> bool:
        if value and _is_production(info):
            raise ValueError("DEBUG shows secrets to strangers: remove it in production")
        return value

    @field_validator("secret_key")
    @classmethod
    def _own_secret_in_production(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = value.get_secret_value()
        if _is_production(info):
            if secret == INSECURE_SECRET:
                raise ValueError("set a secret of your own, for example: openssl rand -base64 48")
            if len(secret) < MINIMUM_SECRET_LENGTH:
                raise ValueError(f"the secret is shorter than {MINIMUM_SECRET_LENGTH} characters")
        return value

    @field_validator("encryption_keys")
    @classmethod
    def _long_encryption_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if any(len(key.get_secret_value()) < MINIMUM_KEY_LENGTH for key in value):
            raise ValueError(f"a key is shorter than {MINIMUM_KEY_LENGTH} characters: openssl rand -base64 48")
        return value

    @field_validator("site_url")
    @classmethod
    def _public_site_url(cls, value: str, info: ValidationInfo) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError("give scheme and host only, for example https://stays.example.com")
        if _is_production(info) and parts.scheme != "https":
            raise ValueError("production is served over https")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("allowed_hosts")
    @classmethod
    def _exact_hosts(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if "*" in value:
            raise ValueError("name the hosts, '*' lets anyone forge links")
        if _is_production(info) and not value:
            raise ValueError("name the hosts that this site answers to, separated by commas")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}" or "*" in origin:
                raise ValueError("name whole origins, for example https://app.example.com: no '*', 'null' or path")
            if _is_production(info) and parts.scheme != "https":
                raise ValueError("production talks to https origins only")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql_only(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        if not url:
            if _is_production(info):
                raise ValueError("give the address of a PostgreSQL 15 or newer: postgresql://user:pw@host/name")
            return value
        if not re.match(r"^postgres(ql)?://", url):
            raise ValueError("only PostgreSQL is supported: postgresql://user:pw@host:5432/name")
        if not urlsplit(url).path.strip("/"):
            raise ValueError("the address lacks the database's name: postgresql://user:pw@host:5432/name")
        return value

    @field_validator("redis_url")
    @classmethod
    def _reachable_redis(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not re.match(r"^rediss?://[^/]", url):
            raise ValueError("give an address like redis://host:6379/0")
        if url and find_spec("redis") is None:
            raise ValueError("the package for Redis is not installed: pip install 'freehold[redis]'")
        return value

    @field_validator("payment_gateways")
    @classmethod
    def _no_sandbox_in_production(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        simulated = sorted(DEVELOPMENT_GATEWAYS.intersection(value))
        if simulated and _is_production(info):
            raise ValueError(f"{', '.join(simulated)} takes no real money: remove it in production")
        return value

    @field_validator("unsigned_webhooks")
    @classmethod
    def _signed_outside_of_demonstrations(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if value and info.data.get("mode") is not Mode.DEMO:
            raise ValueError("anybody could say that a booking is paid: only a demonstration takes unsigned messages")
        return value

    @field_validator("gateways_live")
    @classmethod
    def _real_money_in_production(cls, value: bool | None, info: ValidationInfo) -> bool | None:
        if value is False and _is_production(info):
            raise ValueError("test keys take no real money: remove it in production")
        return value

    @field_validator(*simulator_addresses())
    @classmethod
    def _no_simulator_in_production(cls, value: str, info: ValidationInfo) -> str:
        if value and _is_production(info):
            raise ValueError("a simulator takes no real money: remove it in production")
        return value

    @field_validator("mail_url")
    @classmethod
    def _mail_leaves_in_production(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        if not url:
            if _is_production(info):
                raise ValueError("give a mail server: smtp+starttls://user:password@host:587")
            return value
        parts = urlsplit(url)
        if parts.scheme not in MAIL_SECURITY or not parts.hostname:
            raise ValueError(f"one of {', '.join(MAIL_SECURITY)} with a host: smtp+starttls://user:pw@host:587")
        return value

    @field_validator("sms_url")
    @classmethod
    def _known_sms_gateway(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        url = value.get_secret_value()
        if not url:
            return value
        parts = urlsplit(url)
        if parts.scheme == "twilio" and parts.hostname and parts.username and parts.password:
            return value
        # Codes sign people in: they do not travel unencrypted, except within a developer's machine.
        if parts.scheme == "https" and parts.hostname:
            return value
        if parts.scheme == "http" and parts.hostname and not _is_production(info):
            return value
        raise ValueError("twilio://account:token@api.twilio.com, or the https:// address of a gateway")

    @field_validator("sms_headers")
    @classmethod
    def _headers_of_sms(cls, value: SecretStr) -> SecretStr:
        try:
            headers = json.loads(value.get_secret_value())
        except ValueError:
            headers = None
        if not isinstance(headers, dict) or not all(isinstance(each, str) for each in headers.values()):
            raise ValueError('a JSON object of texts, like {"Authorization": "Bearer ..."}')
        return value

    @field_validator("phone_region", "resort_phone_region")
    @classmethod
    def _known_region(cls, value: str) -> str:
        return _country(value) if value else value

    @field_validator("sms_countries")
    @classmethod
    def _known_countries(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_country(each) for each in value)

    @field_validator("demo_data")
    @classmethod
    def _no_demo_in_production(cls, value: bool, info: ValidationInfo) -> bool:
        if value and _is_production(info):
            raise ValueError("demo data brings accounts with published passwords: remove it in production")
        return value

    @property
    def is_production(self) -> bool:
        return self.mode is Mode.PRODUCTION

    @property
    def site_host(self) -> str:
        return urlsplit(self.site_url).hostname or ""


def _country(text: str) -> str:
    country = text.upper()
    if country not in SUPPORTED_REGIONS:
        raise ValueError("countries have two letters, like US,GB")
    return country


def _is_production(info: ValidationInfo) -> bool:
    return info.data.get("mode") is Mode.PRODUCTION


def _describe(item: Any) -> str:
    """One line per problem. The offending value is left out, it may be a secret."""
    name = str(item["loc"][0]) if item["loc"] else "environment"
    variable = name.upper() if name.upper() in UNPREFIXED else f"FREEHOLD_{name.upper()}"
    return f"{variable}: {item['msg'].removeprefix('Value error, ')}"
