"""How the administration looks: the site's name and its green, in the theme's own terms."""

from typing import Any

ADMIN_THEME: dict[str, Any] = {
    "SITE_TITLE": "Freehold",
    "SITE_HEADER": "Freehold",
    "SITE_SYMBOL": "home_work",
    "COLORS": {
        "primary": {
            "50": "#edf7f4",
            "100": "#d3ebe4",
            "200": "#a9d8cb",
            "300": "#78bfad",
            "400": "#469f8a",
            "500": "#23806c",
            "600": "#0f6b56",
            "700": "#0f5c4a",
            "800": "#0d4a3c",
            "900": "#0b3c32",
            "950": "#06231d",
        }
    },
}
