"""Where a request comes from, as far as somebody trustworthy says so.

Each proxy appends the address that it was called from to X-Forwarded-For. Whatever stands further left than the
counted trusted proxies was written by the caller, and may be anything.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings

UNKNOWN = "0.0.0.0"  # noqa: S104 - an address that nobody has
# Whoever has one IPv6 address has the 2^64 of its network.
IPV6_PREFIX = 64

type Address = IPv4Address | IPv6Address


def client_ip(request: Any) -> str:
    """The caller's address. `request` is Django's or the API framework's."""
    proxies: int = settings.TRUSTED_PROXIES
    remote = str(request.META.get("REMOTE_ADDR") or "")
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    said = forwarded[-min(proxies, len(forwarded))] if proxies and forwarded else remote
    address = as_address(said) or as_address(remote)
    return str(address) if address else UNKNOWN


def as_address(text: str) -> Address | None:
    """Reads an address; IPv4 that is written as IPv6 is IPv4. None for anything else."""
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def counted_ip(request: Any) -> str:
    """The caller's address as limits count it: of IPv6 the network."""
    text = client_ip(request)
    address = as_address(text)
    if not isinstance(address, IPv6Address):
        return text
    network = int(address) >> (128 - IPV6_PREFIX) << (128 - IPV6_PREFIX)
    return f"{IPv6Address(network)}/{IPV6_PREFIX}"
