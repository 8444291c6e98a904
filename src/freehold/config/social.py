"""Signing in with Google and Apple: what the environment says about it, and what the library is told.

Nothing set, nothing there: no button, and no address that answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

if TYPE_CHECKING:
    from freehold.config.env import Environment

_PROVIDERS = "freehold.accounts.social.providers"


class SocialEnvironment(BaseSettings):
    """The part of the environment that is about Google and Apple. All of a provider's variables are set, or none."""

    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    # Client ids of our apps, whose id tokens the API takes as well.
    google_app_client_ids: Annotated[tuple[str, ...], NoDecode] = ()
    # The identifier of the service, the team, the key; and the key itself as PEM (line breaks may be written as \n).
    apple_client_id: str = ""
    apple_team_id: str = ""
    apple_key_id: str = ""
    apple_private_key: SecretStr = SecretStr("")
    apple_app_client_ids: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("google_app_client_ids", "apple_app_client_ids", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("google_client_secret")
    @classmethod
    def _all_of_google(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if bool(value.get_secret_value()) != bool(info.data.get("google_client_id")):
            raise ValueError("FREEHOLD_GOOGLE_CLIENT_ID and FREEHOLD_GOOGLE_CLIENT_SECRET go together")
        return value

    @field_validator("apple_private_key")
    @classmethod
    def _all_of_apple(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        pem = value.get_secret_value().replace("\\n", "\n")
        said = [bool(info.data.get(name)) for name in ("apple_client_id", "apple_team_id", "apple_key_id")]
        if any(said) != all(said) or any(said) != bool(pem):
            raise ValueError("give FREEHOLD_APPLE_CLIENT_ID, _TEAM_ID, _KEY_ID and _PRIVATE_KEY, or none of them")
        if pem and not _is_ec_key(pem):
            raise ValueError("not the private key that Apple gave you: the content of AuthKey_….p8")
        return SecretStr(pem)


def _is_ec_key(pem: str) -> bool:
    try:
        return isinstance(load_pem_private_key(pem.encode(), password=None), EllipticCurvePrivateKey)
    except (ValueError, TypeError):
        return False


def social_settings(env: Environment) -> dict[str, Any]:
    google: dict[str, Any] = {
        "provider_class": f"{_PROVIDERS}.GoogleProvider",
        "SCOPE": ["openid", "email", "profile"],
        "AUTH_PARAMS": {"prompt": "select_account"},
        "OAUTH_PKCE_ENABLED": True,
    }
    apple: dict[str, Any] = {"provider_class": f"{_PROVIDERS}.AppleProvider", "SCOPE": ["name", "email"]}
    if env.google_client_id:
        google["APP"] = {"client_id": env.google_client_id, "secret": env.google_client_secret.get_secret_value()}
    if env.apple_client_id:
        apple["APP"] = {
            "client_id": env.apple_client_id,
            "secret": env.apple_key_id,
            "key": env.apple_team_id,
            "settings": {"certificate_key": env.apple_private_key.get_secret_value()},
        }
    return {
        "SOCIALACCOUNT_ADAPTER": "freehold.accounts.social.adapter.SocialAdapter",
        "SOCIALACCOUNT_PROVIDERS": {"google": google, "apple": apple},
        # The same address is not the same person before it is proved; see accounts/services/sign_in_socially.
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": 5,
        "SOCIAL_AUDIENCES": {
            "google": [each for each in (env.google_client_id, *env.google_app_client_ids) if each],
            "apple": [each for each in (env.apple_client_id, *env.apple_app_client_ids) if each],
        },
    }


def sign_in_pages(env: Environment) -> list[str]:
    """Whereto a button on our pages may lead: a browser checks where a form's answer redirects."""
    google = ["https://accounts.google.com"] if env.google_client_id else []
    return [*google, *(["https://appleid.apple.com"] if env.apple_client_id else [])]
