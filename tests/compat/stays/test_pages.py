"""The pages of the reference where clients of the stays API look for it."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_schema_is_served_at_its_address_with_all_operations(client: Client) -> None:
    described = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()
    assert {"/api/accounts/token/", "/api/stay/listings/", "/api/stay/bookings/{serial}/"} <= described["paths"].keys()


@pytest.mark.parametrize(
    ("path", "mark"), [("swagger-ui", 'id="swagger-ui"'), ("redoc", '<redoc spec-url="/api/schema/"')]
)
def test_both_pages_are_served_without_inline_scripts_and_from_here_alone(client: Client, path: str, mark: str) -> None:
    answer = client.get(f"/api/schema/{path}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert mark in page
    assert "<script>" not in page
    assert "<style>" not in page
    assert "https://" not in page
    assert "Content-Security-Policy" in answer.headers


def test_the_script_of_redoc_is_served_from_here(client: Client) -> None:
    page = client.get("/api/schema/redoc/").content.decode()
    script = page.partition('<script src="')[2].partition('"')[0]
    assert script.startswith("/static/")
    assert client.get(script).status_code == 200
