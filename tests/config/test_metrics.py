"""Numbers for Prometheus: who may read them, what they say, and what they never say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from freehold.cli.serve import counted_together
from freehold.config import metrics
from freehold.config.env import BadEnvironment, Environment, Mode
from freehold.core import clock, outbox
from freehold.core.models import OutboxMessage
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment, ReviewItem
from freehold.reports.backlog import backlog
from tests.apps.payments.builders import a_folio, a_payment

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-this-test-0123456789abcdef"
HEADERS = {"authorization": f"Bearer {TOKEN}"}
FAMILY = re.compile(r"\bfreehold_\w+")


def open_to(token: str = "", *networks: str) -> None:
    said = {"metrics_token": SecretStr(token), "metrics_networks": networks}
    settings.ENV = settings.ENV.model_copy(update=said)


@pytest.fixture(autouse=True)
def readers(settings: Any) -> None:
    """The fixture puts back what a test says about readers."""
    settings.ENV = settings.ENV.model_copy(update={"metrics_token": SecretStr(TOKEN)})


@pytest.fixture
def client(readers: None) -> Client:
    """Made after the readers are named: the middleware is there from then on."""
    return Client()


def numbers(client: Client) -> dict[tuple[str, ...], float]:
    """(name, label values...) -> value."""
    answer = client.get("/metrics", headers=HEADERS)
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.mark.django_db
class TestReaders:
    def test_without_a_word_there_is_no_such_page(self, client: Client) -> None:
        open_to()
        assert client.get("/metrics", headers=HEADERS).status_code == 404

    @pytest.mark.parametrize("said", ["", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x"])
    def test_a_wrong_token_reads_nothing(self, client: Client, said: str) -> None:
        answer = client.get("/metrics", headers={"authorization": said})
        assert (answer.status_code, answer["WWW-Authenticate"], answer.content) == (401, "Bearer", b"")

    def test_an_address_of_a_private_network_needs_no_token(self, client: Client) -> None:
        open_to("", "10.1.0.0/16", "fd00::/8")
        for address, status in (("10.1.2.3", 200), ("10.2.2.3", 404), ("fd00::7", 200), ("203.0.113.9", 404)):
            assert client.get("/metrics", REMOTE_ADDR=address).status_code == status, address

    def test_an_address_that_the_caller_writes_is_not_believed(self, client: Client) -> None:
        open_to("", "10.1.0.0/16")
        answer = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"x-forwarded-for": "10.1.2.3"})
        assert answer.status_code == 404

    def test_with_both_set_both_are_needed(self, client: Client) -> None:
        open_to(TOKEN, "10.1.0.0/16")
        assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 401
        assert client.get("/metrics", REMOTE_ADDR="10.2.2.3", headers=HEADERS).status_code == 404
        assert client.get("/metrics", REMOTE_ADDR="10.1.2.3", headers=HEADERS).status_code == 200

    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("FREEHOLD_METRICS_TOKEN", "short"),
            ("FREEHOLD_METRICS_NETWORKS", "0.0.0.0/0"),
            ("FREEHOLD_METRICS_NETWORKS", "8.8.8.8"),
            ("FREEHOLD_METRICS_NETWORKS", "everybody"),
        ],
    )
    def test_what_would_open_it_to_anybody_does_not_start(
        self, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
    ) -> None:
        monkeypatch.setenv(variable, value)
        with pytest.raises(BadEnvironment) as refusal:
            Environment.load(Mode.TEST)
        assert [problem.partition(":")[0] for problem in refusal.value.problems] == [variable]


@pytest.mark.django_db
class TestRequests:
    def test_requests_are_counted_by_route_and_status(self, client: Client) -> None:
        key = ("freehold_requests_total", "GET", "/healthz", "200")
        before = numbers(client).get(key, 0)
        for _ in range(3):
            client.get("/healthz")
        after = numbers(client)
        assert after[key] == before + 3
        assert after["freehold_request_seconds_count", "GET", "/healthz"] >= 3

    def test_nothing_that_is_in_an_address_becomes_a_label(self, client: Client) -> None:
        secrets = ("0190c2a4-0000-7000-8000-00000000abcd", "ada-example", "no-such-page-7")
        client.get(f"/api/v1/bookings/{secrets[0]}/")
        client.get(f"/api/v1/search/?place={secrets[1]}")
        client.get(f"/{secrets[2]}/")
        client.generic("BREW", "/healthz")
        text = client.get("/metrics", headers=HEADERS).content.decode()
        assert not any(secret in text for secret in secrets)
        assert 'method="BREW"' not in text
        assert 'route="/api/v1/bookings/<uuid:booking_id>/"' in text

    def test_a_fault_is_counted_too(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_args: Any) -> HttpResponse:
            raise ZeroDivisionError

        monkeypatch.setattr("freehold.config.health.checks", fail)
        client.raise_request_exception = False
        assert client.get("/readyz").status_code == 500
        assert numbers(client)["freehold_requests_total", "GET", "/readyz", "500"] >= 1

    def test_nothing_is_counted_where_nobody_reads(self) -> None:
        open_to()
        before = metrics.REQUESTS.labels("GET", "/healthz", "200")._value.get()
        Client().get("/healthz")
        assert metrics.REQUESTS.labels("GET", "/healthz", "200")._value.get() == before


@pytest.mark.django_db
class TestWhatWaits:
    def test_an_idle_house_has_nothing_waiting(self, client: Client) -> None:
        found = numbers(client)
        assert found["freehold_database_up",] == 1
        waiting = {key: value for key, value in found.items() if not key[0].startswith("freehold_request")}
        assert {key for key, value in waiting.items() if value} == {("freehold_database_up",)}

    def test_what_waits_is_counted_with_its_age(self, client: Client) -> None:
        now = clock.now()
        for state, age in (("pending", 90), ("pending", 30), ("dead", 500), ("delivered", 900)):
            due = now - timedelta(seconds=age)
            OutboxMessage.objects.create(event="e", handler="h", payload={}, state=state, available_at=due)
        outbox.beat("a-worker")
        payment = a_payment(a_folio(54_000), received=0, state=PaymentState.PROCESSING)
        Payment.objects.system("test").filter(pk=payment.pk).update(created_at=now - timedelta(hours=2))
        ReviewItem.objects.create(kind=ReviewItem.Kind.DRIFT, key="a", detail="?")
        ReviewItem.objects.create(kind=ReviewItem.Kind.DRIFT, key="b", detail="!", resolved_at=now)

        found = numbers(client)

        assert found["freehold_outbox_messages", "pending"] == 2
        assert found["freehold_outbox_messages", "dead"] == 1
        assert found["freehold_outbox_oldest_due_seconds",] == pytest.approx(90, abs=30)
        assert found["freehold_workers",] == 1
        assert found["freehold_payments_open",] == 1
        assert found["freehold_payments_oldest_open_seconds",] == pytest.approx(7200, abs=30)
        assert found["freehold_stuck", "payment"] == 1
        assert found["freehold_reviews_open",] == 1

    def test_what_is_not_due_yet_has_no_age(self) -> None:
        later = clock.now() + timedelta(hours=1)
        OutboxMessage.objects.create(event="e", handler="h", payload={}, available_at=later)
        found = backlog()
        assert (found.outbox["pending"], found.outbox_oldest_s) == (1, 0)

    def test_it_takes_as_many_queries_however_much_waits(self, django_assert_num_queries: Any) -> None:
        for _ in range(2):
            a_payment(a_folio(54_000), received=0, state=PaymentState.PROCESSING)
            with django_assert_num_queries(6):
                backlog()

    def test_without_a_database_the_page_says_so(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def gone() -> None:
            raise DatabaseError

        monkeypatch.setattr(metrics, "backlog", gone)
        found = numbers(client)
        assert found["freehold_database_up",] == 0
        assert not [key for key in found if key[0] == "freehold_workers"]


class TestSeveralProcesses:
    def test_a_folder_is_made_anew_where_somebody_reads(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("FREEHOLD_METRICS_TOKEN", raising=False)
        assert counted_together(tmp_path, 8000) == {}
        monkeypatch.setenv("FREEHOLD_METRICS_TOKEN", TOKEN)
        folder = Path(counted_together(tmp_path, 8000)["PROMETHEUS_MULTIPROC_DIR"])
        (folder / "counter_1.db").touch()
        assert counted_together(tmp_path, 8000)["PROMETHEUS_MULTIPROC_DIR"] == str(folder)
        assert list(folder.iterdir()) == []

    def test_processes_of_one_server_add_up(self, tmp_path: Path) -> None:
        variables = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "FREEHOLD_METRICS_TOKEN": TOKEN}
        assert [_ask_healthz(variables) for _ in range(2)] == [1, 2]
        assert _ask_healthz({"FREEHOLD_METRICS_TOKEN": TOKEN}) == 1


def _ask_healthz(variables: dict[str, str]) -> float:
    """How often /healthz was answered 200, asked by a process of its own after asking for it once."""
    script = """
import django
django.setup()
from django.test import Client
from freehold.config import metrics
Client().get("/healthz")
print(metrics._counted().get_sample_value(
    "freehold_requests_total", {"method": "GET", "route": "/healthz", "status": "200"}))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        env={
            **os.environ,
            **variables,
            "DJANGO_SETTINGS_MODULE": "freehold.config.settings.test",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return float(done.stdout.split()[-1])


@pytest.mark.django_db
def test_the_manual_and_the_alarms_name_what_there_is(client: Client) -> None:
    client.get("/healthz")
    there = {key[0].removesuffix("_bucket").removesuffix("_sum") for key in numbers(client)}
    there |= {name.removesuffix("_count") for name in there}
    alarms = (ROOT / "docs/freehold-alerts.yml").read_text()
    named = set(FAMILY.findall(re.sub(r"_bucket\b", "", alarms)))
    assert named <= there
    table = set(FAMILY.findall((ROOT / "docs/operations.md").read_text()))
    said_by_us = {name for name in there if not name.endswith(("_count", "_created"))}
    assert said_by_us <= table
    assert named <= table
