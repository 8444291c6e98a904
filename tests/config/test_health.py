"""What supervisors and load balancers are told."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz_says_that_the_process_is_alive(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_names_every_check(client: Client) -> None:
    checks = client.get("/readyz").json()["checks"]

    assert {"database", "migrations"} <= set(checks)
    assert checks["database"] == "ok"
    assert checks["migrations"] == "ok"
