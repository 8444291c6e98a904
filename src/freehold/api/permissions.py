"""Who may call an address at all. What a caller may do with a thing is decided in the services."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated

from freehold.core.actor import KeyGrant


class DenyAll(BasePermission):
    """The default: a view that does not say who may use it is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class Anyone(AllowAny):
    """Open to the public; what is shown is what is published."""


class SignedIn(IsAuthenticated):
    """A signed-in person; everything is then narrowed to what is theirs."""


class ReadByAnyone(SignedIn):
    """What is published is anybody's to read; whoever writes is signed in, and the services say who may."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)


class CompanyCaller(SignedIn):
    """A signed-in person, or a company's API key; the services narrow both to what they may do."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return isinstance(request.auth, KeyGrant) or super().has_permission(request, view)
