"""Where rooms find the outside world. `config/wiring.py` binds one adapter to each port at start."""

from collections.abc import Mapping, Set

from freehold.core.counters import PostgresCounters
from freehold.core.errors import BadInput
from freehold.core.tokens import PostgresTokenStore
from freehold.ports.counters import Counters
from freehold.ports.credit_source import CreditConnector
from freehold.ports.messenger import Mailbox, Messenger
from freehold.ports.payment_gateway import Connector, PaymentProvider
from freehold.ports.practice_payer import PracticePayer
from freehold.ports.token_store import TokenStore

_connectors: dict[str, tuple[Connector, str]] = {}
_credit_sources: dict[str, CreditConnector] = {}
_gateways: dict[str, PaymentProvider] = {}
_test_gateways: set[str] = set()
_practice_payers: dict[str, PracticePayer] = {}
_tokens: TokenStore = PostgresTokenStore()
_messengers: dict[str, Messenger] = {}
_mailbox: Mailbox | None = None
_counters: Counters = PostgresCounters()


def bind_connector(connector: Connector, *, base_url: str = "") -> None:
    """A provider at which companies may connect accounts; `base_url` is a simulator's, or empty for the provider's."""
    _connectors[connector.slug] = (connector, base_url)


def bind_credit_source(source: CreditConnector) -> None:
    """A bank or wallet that tells companies of money which came without a request."""
    _credit_sources[source.slug] = source


def bind_payment_gateway(provider: PaymentProvider, *, livemode: bool = True) -> None:
    """The installation's own account at one provider; `livemode`: whether its keys are those of real money."""
    _gateways[provider.slug] = provider
    _test_gateways.discard(provider.slug)
    if not livemode:
        _test_gateways.add(provider.slug)


def bind_practice_payer(slug: str, payer: PracticePayer) -> None:
    """Who plays the payer at the installation's account of this provider: a demonstration's, at a simulator."""
    _practice_payers[slug] = payer


def bind_token_store(store: TokenStore) -> None:
    """Where vendors' access tokens are shared, if not in PostgreSQL."""
    global _tokens
    _tokens = store


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


def connectors() -> Mapping[str, Connector]:
    return {slug: connector for slug, (connector, _) in _connectors.items()}


def connector(slug: str) -> tuple[Connector, str]:
    """How accounts of this provider are connected, and at which address. Raises BadInput for one that is not here."""
    try:
        return _connectors[slug]
    except KeyError:
        raise unknown_provider(slug) from None


def any_connector(slug: str) -> tuple[Connector | CreditConnector, str]:
    """The same for banks that send credit notices as well."""
    source = _credit_sources.get(slug)
    return (source, "") if source is not None else connector(slug)


def credit_sources() -> Mapping[str, CreditConnector]:
    return _credit_sources


def payment_gateways() -> Mapping[str, PaymentProvider]:
    """The installation's own accounts, one per provider at most."""
    return _gateways


def test_gateways() -> Set[str]:
    """Those of `payment_gateways` that take no real money."""
    return _test_gateways


def practice_payer(slug: str) -> PracticePayer | None:
    """None wherever payers pay for themselves, and unsigned messages are therefore refused."""
    return _practice_payers.get(slug)


def unknown_provider(slug: str) -> BadInput:
    return BadInput(f"The payment provider '{slug}' is not available here.", code="unknown_provider", attr="provider")


def token_store() -> TokenStore:
    return _tokens


def messenger(channel: str) -> Messenger:
    return _messengers[channel]


def can_send(channel: str) -> bool:
    """Whether this installation has a way to send such messages."""
    return channel in _messengers


def mailbox() -> Mailbox | None:
    return _mailbox
