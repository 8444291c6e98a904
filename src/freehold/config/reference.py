"""The API's reference: what its description says of itself, and how its pages show it."""

from __future__ import annotations

from typing import Any

from freehold.api.chapters import CHAPTERS


def reference_settings() -> dict[str, Any]:
    """What drf-spectacular is told."""
    return {
        "TITLE": "Freehold",
        "DESCRIPTION": "Stays, slots, leases and sales on one calendar and one ledger.",
        "VERSION": "1.0.0",
        "OAS_VERSION": "3.1.0",
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SWAGGER_UI_DIST": "SIDECAR",
        # All chapters at once, closed: two hundred open operations take the browser a minute.
        "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "defaultModelsExpandDepth": -1},
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "REDOC_DIST": "SIDECAR",
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_NAME_OVERRIDES": {},
        "TAGS": CHAPTERS,
    }
