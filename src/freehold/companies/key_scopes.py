"""What an API key may be given: reading or writing in an area, made of the words that roles use."""

from collections.abc import Iterable

from freehold.companies.models import Role
from freehold.companies.policies import PERMISSIONS

# A key runs the business; who works there, which keys exist and what is paid out is for people to decide.
NOT_FOR_KEYS = frozenset({"companies", "payouts"})
_READING = "view"


def key_scopes() -> dict[str, frozenset[str]]:
    """Each scope with the permissions that it stands for: "bookings:read", and "bookings:write" which includes it."""
    areas: dict[str, set[str]] = {}
    for permission in PERMISSIONS[Role.ADMIN]:
        area = permission.partition(".")[0]
        if area not in NOT_FOR_KEYS:
            areas.setdefault(area, set()).add(permission)
    scopes = {}
    for area, permissions in sorted(areas.items()):
        reading = {permission for permission in permissions if permission.endswith(f".{_READING}")}
        if reading:
            scopes[f"{area}:read"] = frozenset(reading)
        if permissions - reading:
            scopes[f"{area}:write"] = frozenset(permissions)
    return scopes


def permissions_of_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """A scope that does not exist any more stands for nothing."""
    known = key_scopes()
    return frozenset().union(*(known.get(scope, frozenset()) for scope in scopes))
