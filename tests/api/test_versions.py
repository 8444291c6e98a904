"""The API's version stands in its addresses: what breaks callers gets another one, and these stay."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

OURS = "freehold.api.v1"
OLDER = "freehold.api.compat"
"""The older APIs keep the addresses that their callers know."""


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[tuple[str, str]]:
    """Every address with the module of its view."""
    found = []
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern.url_patterns, address)
        else:
            view = getattr(pattern.callback, "cls", pattern.callback)
            found.append((address, view.__module__))
    return found


def test_every_address_of_the_api_says_its_version() -> None:
    known = addresses(get_resolver().url_patterns)
    assert [address for address, module in known if module.startswith(OURS) and not address.startswith("api/v1/")] == []
    assert [address for address, module in known if address.startswith("api/v1/") and OLDER in module] == []
    assert sum(address.startswith("api/v1/") for address, _module in known) > 100


@pytest.mark.django_db
def test_the_description_names_the_version(client: Client) -> None:
    described = client.get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()
    assert described["info"]["version"].startswith("1.")
    assert any(path.startswith("/api/v1/") for path in described["paths"])
