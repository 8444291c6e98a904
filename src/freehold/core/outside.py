"""Where rooms find the outside world. `config/wiring.py` binds one adapter to each port at start."""

from collections.abc import Mapping

from freehold.core.counters import PostgresCounters
from freehold.core.errors import BadInput
from freehold.core.tokens import PostgresTokenStore
from freehold.ports.counters import Counters
from freehold.ports.messenger import Mailbox, Messenger
from freehold.ports.payment_gateway import PaymentProvider
from freehold.ports.token_store import TokenStore

_gateways: dict[str, PaymentProvider] = {}
_messengers: dict[str, Messenger] = {}
_mailbox: Mailbox | None = None
_counters: Counters = PostgresCounters()
_tokens: TokenStore = PostgresTokenStore()


def bind_payment_gateway(provider: PaymentProvider) -> None:
    _gateways[provider.slug] = provider


def bind_messenger(channel: str, messenger: Messenger) -> None:
    """`channel` is "email" or "sms"."""
    _messengers[channel] = messenger


def bind_mailbox(mailbox: Mailbox | None) -> None:
    """The readable store of captured messages; only demonstrations and development have one."""
    global _mailbox
    _mailbox = mailbox


def bind_counters(counters: Counters) -> None:
    """Where limits are counted, if not in PostgreSQL."""
    global _counters
    _counters = counters


def counters() -> Counters:
    return _counters


def bind_token_store(store: TokenStore) -> None:
    """Where vendors' access tokens are shared, if not in PostgreSQL."""
    global _tokens
    _tokens = store


def token_store() -> TokenStore:
    return _tokens


def payment_gateways() -> Mapping[str, PaymentProvider]:
    return _gateways


def payment_gateway(slug: str) -> PaymentProvider:
    """Raises BadInput for a provider that this installation does not offer."""
    try:
        return _gateways[slug]
    except KeyError:
        raise BadInput(
            f"The payment provider '{slug}' is not available here.", code="unknown_provider", attr="provider"
        ) from None


def messenger(channel: str) -> Messenger:
    return _messengers[channel]


def can_send(channel: str) -> bool:
    """Whether this installation has a way to send such messages."""
    return channel in _messengers


def mailbox() -> Mailbox | None:
    return _mailbox
