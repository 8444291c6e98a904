"""Addresses that get no answer for a while, because whoever is there does not stop.

Every request asks, so the list is kept in the process and read again every few seconds: a block begins and ends
everywhere within REFRESH_SECONDS. Looking up takes as many steps as there are different sizes of networks.
"""

import re
from collections import defaultdict
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from time import monotonic

import structlog
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from freehold.core.actor import Actor
from freehold.core.addresses import as_address
from freehold.core.clock import database_now
from freehold.core.errors import BadInput, NotFound
from freehold.core.models import IpBlock

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 3
LONGEST = timedelta(days=366)
# A mistyped length must not shut half of the world out.
WIDEST = {4: 8, 6: 19}

type Network = IPv4Network | IPv6Network
# (version, prefix length) -> the networks' first addresses, shifted to that length
type Blocked = dict[tuple[int, int], set[int]]

_DURATION = re.compile(r"([0-9]{1,5})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_cached: tuple[float, Blocked] = (0.0, {})


def block_network(*, actor: Actor, network: str, duration: timedelta, reason: str, own: str = "") -> IpBlock:
    """Blocks an address or a network from now on; a block that is there gets the new end and reason.

    `own` is the address of whoever asks, which is never blocked. Raises BadInput.
    """
    parsed = checked_network(network, duration, own=own)
    if not reason.strip():
        raise BadInput("Say why: somebody will ask.", code="required", attr="reason")
    block, _created = IpBlock.objects.update_or_create(
        network=str(parsed),
        defaults={"reason": reason.strip()[:200], "expires_at": database_now() + duration, "created_by": str(actor)},
    )
    forget_cached()
    log.warning("address_blocked", network=str(parsed), until=block.expires_at.isoformat(), by=str(actor))
    return block


def checked_network(network: str, duration: timedelta, *, own: str = "") -> Network:
    """What may be blocked for so long. Raises BadInput."""
    parsed = parse_network(network)
    if not timedelta(0) < duration <= LONGEST:
        raise BadInput("A block lasts between a minute and a year.", code="out_of_range", attr="duration")
    if (address := as_address(own)) and address in parsed:
        raise BadInput("This is your own address.", code="own_address", attr="network")
    return parsed


def unblock_network(*, actor: Actor, network: str) -> None:
    """Raises NotFound when exactly this is not blocked, and BadInput."""
    parsed = parse_network(network)
    deleted, _ = IpBlock.objects.filter(network=str(parsed)).delete()
    if not deleted:
        raise NotFound(f"{parsed} is not blocked.")
    forget_cached()
    log.warning("address_unblocked", network=str(parsed), by=str(actor))


def current_blocks() -> QuerySet[IpBlock]:
    return IpBlock.objects.filter(expires_at__gt=database_now()).order_by("expires_at", "id")


def forget_ended_blocks() -> int:
    """Returns how many; what they were stays in the audit trail."""
    return IpBlock.objects.filter(expires_at__lt=database_now()).delete()[0]


def parse_network(text: str) -> Network:
    """An address or a network of either kind, in its canonical form. Raises BadInput."""
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError:
        raise BadInput(
            "Give an address or a network, like 192.0.2.7 or 2001:db8::/48.", code="invalid", attr="network"
        ) from None
    if isinstance(network, IPv6Network) and (mapped := network.network_address.ipv4_mapped) and network.prefixlen >= 96:
        network = ip_network(f"{mapped}/{network.prefixlen - 96}", strict=False)
    if network.prefixlen < WIDEST[network.version]:
        raise BadInput(f"A network of at least /{WIDEST[network.version]}.", code="too_wide", attr="network")
    if network.is_loopback or network.is_unspecified:
        raise BadInput("This machine itself cannot be blocked.", code="own_address", attr="network")
    return network


def parse_duration(text: str) -> timedelta:
    """Reads 30m, 12h, 2d or 1w. Raises BadInput."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise BadInput("Write a duration like 30m, 12h, 2d or 1w.", code="invalid", attr="duration")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def is_blocked(text: str) -> bool:
    """Whether an address is on the list. Costs a query every REFRESH_SECONDS."""
    blocked = _current()
    if not blocked or (address := as_address(text)) is None:
        return False
    bits = 128 if isinstance(address, IPv6Address) else 32
    number = int(address)
    return any(
        version == address.version and number >> (bits - length) in networks
        for (version, length), networks in blocked.items()
    )


def forget_cached() -> None:
    """The next request reads the list again."""
    global _cached
    _cached = (0.0, {})


def _current() -> Blocked:
    global _cached
    until, blocked = _cached
    if monotonic() < until:
        return blocked
    # First the time: while one thread reads the list, the others use the old one.
    _cached = (monotonic() + REFRESH_SECONDS, blocked)
    try:
        blocked = _read()
    except DatabaseError as error:
        log.warning("blocks_not_read", error=type(error).__name__)
    _cached = (monotonic() + REFRESH_SECONDS, blocked)
    return blocked


def _read() -> Blocked:
    found: Blocked = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute("SELECT network FROM core_ipblock WHERE expires_at > freehold_now()")
        for (text,) in cursor.fetchall():
            first, _slash, length = text.partition("/")
            address = ip_address(first)
            bits = 128 if isinstance(address, IPv6Address) else 32
            found[address.version, int(length)].add(int(address) >> (bits - int(length)))
    return dict(found)
