"""Who may call an address at all. What a caller may do with a thing is decided in the services."""

from typing import Any

from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated


class DenyAll(BasePermission):
    """The default: a view that does not say who may use it is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class Anyone(AllowAny):
    """Open to the public; what is shown is what is published."""


class SignedIn(IsAuthenticated):
    """A signed-in person; everything is then narrowed to what is theirs."""
