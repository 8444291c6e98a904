"""Defaults of the API framework that must hold before any view exists."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission


class DenyAll(BasePermission):
    """The default permission: a view that does not say who may use it is closed."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
