"""Blocked addresses get no answer until their time is over, or somebody ends it."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.core import blocks, clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.core.models import IpBlock
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SYSTEM = Actor.system("test")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def fresh_list(settings: Any) -> Iterator[None]:
    settings.TRUSTED_PROXIES = 1
    blocks.forget_cached()
    yield
    blocks.forget_cached()


def block(network: str, duration: timedelta = DAY, **options: Any) -> IpBlock:
    return blocks.block_network(actor=SYSTEM, network=network, duration=duration, reason="scraping", **options)


def status(ip: str, path: str = "/api/v1/categories/") -> int:
    return int(Client().get(path, headers={"X-Forwarded-For": ip}).status_code)


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.0/24", "192.0.2.255", "192.0.3.0"),
        ("2001:db8::/48", "2001:db8:0:ffff::1", "2001:db8:1::1"),
        ("2001:db8::7", "2001:db8:0:0::7", "2001:db8::8"),
        ("192.0.2.9", "::ffff:192.0.2.9", "::ffff:192.0.2.10"),
        ("::ffff:192.0.2.9", "192.0.2.9", "192.0.2.10"),
    ],
)
def test_who_is_inside_is_refused_and_who_is_outside_is_not(network: str, inside: str, outside: str) -> None:
    block(network)
    assert (status(inside), status(outside)) == (403, 200)


def test_the_refusal_has_the_one_shape_and_a_page_of_its_own_and_supervisors_are_answered() -> None:
    block("192.0.2.7")
    headers = {"X-Forwarded-For": "192.0.2.7"}
    answer = Client().get("/api/v1/categories/", headers=headers)
    assert answer.json()["errors"][0]["code"] == "address_blocked"
    with CaptureQueriesContext(connection) as queries:
        page = Client().get("/", headers=headers)
    assert page.status_code == 403
    assert "No answer to this address" in page.content.decode()
    assert not queries.captured_queries
    assert Client().post("/accounts/login/", {}, headers=headers).status_code == 403
    assert status("192.0.2.7", "/healthz") == 200


def test_a_forged_address_neither_evades_nor_brings_about_a_block() -> None:
    block("192.0.2.7")
    assert status("198.51.100.1, 192.0.2.7") == 403
    assert status("192.0.2.7, 198.51.100.1") == 200


def test_a_block_ends_by_itself_and_is_swept() -> None:
    block("192.0.2.7", timedelta(minutes=30))
    assert status("192.0.2.7") == 403
    clock.move(timedelta(minutes=31))
    blocks.forget_cached()
    assert status("192.0.2.7") == 200
    assert blocks.forget_ended_blocks() == 1


def test_the_list_is_read_once_for_many_requests() -> None:
    block("192.0.2.7")
    with CaptureQueriesContext(connection) as queries:
        assert [blocks.is_blocked("192.0.2.7") for _ in range(50)] == [True] * 50
    assert len(queries) == 1


def test_blocking_again_sets_a_new_end_and_the_trail_keeps_both() -> None:
    first = block("192.0.2.7", timedelta(hours=1))
    again = block("192.0.2.7/32", timedelta(hours=5))
    assert again.pk == first.pk
    assert again.expires_at - first.expires_at > timedelta(hours=3)
    assert again.history.count() == 2
    blocks.unblock_network(actor=SYSTEM, network="192.0.2.7")
    assert status("192.0.2.7") == 200
    with pytest.raises(NotFound):
        blocks.unblock_network(actor=SYSTEM, network="192.0.2.7")


@pytest.mark.parametrize(
    "network", ["", "x", "192.0.2.7/33", "0.0.0.0/0", "::/0", "10.0.0.0/7", "127.0.0.1", "::1", "192.0.2.7 ' OR 1=1"]
)
def test_what_is_no_network_or_too_much_is_refused(network: str) -> None:
    with pytest.raises(BadInput):
        block(network)


@pytest.mark.parametrize("duration", [timedelta(0), timedelta(days=-1), timedelta(days=400)])
def test_a_block_has_an_end(duration: timedelta) -> None:
    with pytest.raises(BadInput):
        block("192.0.2.7", duration)


def test_nobody_blocks_themself() -> None:
    with pytest.raises(BadInput):
        block("192.0.2.0/24", own="192.0.2.9")
    assert not IpBlock.objects.exists()


def command(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_the_commands_block_list_and_unblock() -> None:
    assert "Nobody" in command("blocked_ips")
    assert "192.0.2.0/24 is blocked until" in command("block_ip", "192.0.2.9/24", "--for", "2d", "--reason", "scraping")
    assert "scraping" in command("blocked_ips")
    assert status("192.0.2.1") == 403
    assert "answered again" in command("unblock_ip", "192.0.2.0/24")
    assert status("192.0.2.1") == 200
    for words in (["block_ip", "x", "--reason", "y"], ["block_ip", "192.0.2.1", "--for", "2", "--reason", "y"]):
        with pytest.raises(CommandError):
            command(*words)
    with pytest.raises(CommandError):
        command("unblock_ip", "192.0.2.1")


def test_the_administration_blocks_and_unblocks_but_never_its_own_address() -> None:
    admin = UserFactory(is_staff=True, is_superuser=True)
    browser = Client(headers={"X-Forwarded-For": "198.51.100.1"})
    browser.force_login(admin)
    form = {"network": "192.0.2.0/24", "reason": "scraping", "duration": "2d"}
    own = browser.post("/admin/core/ipblock/add/", {**form, "network": "198.51.100.0/24"})
    assert own.status_code == 200
    assert "your own address" in own.content.decode()
    assert browser.post("/admin/core/ipblock/add/", {**form, "duration": "x"}).status_code == 200
    assert browser.post("/admin/core/ipblock/add/", form).status_code == 302
    made = IpBlock.objects.get()
    assert made.created_by == f"user:{admin.pk}"
    assert status("192.0.2.1") == 403
    assert browser.post("/admin/core/ipblock/add/", {**form, "duration": "3d"}).status_code == 302
    assert browser.get("/admin/core/ipblock/").status_code == 200
    assert browser.post(f"/admin/core/ipblock/{made.pk}/delete/", {"post": "yes"}).status_code == 302
    assert status("192.0.2.1") == 200
