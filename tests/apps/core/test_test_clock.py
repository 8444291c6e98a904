"""Time that is moved on: holds expire, refunds shrink, and nothing goes back."""

from datetime import timedelta

import pytest
from django.test import Client

from freehold.config.wiring import SCHEDULE, catch_up
from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.core.models import OutboxMessage
from freehold.core.test_clock import FARTHEST, ClockMoved, move_clock

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("by", [timedelta(0), timedelta(days=-1), timedelta(milliseconds=999)])
def test_time_only_goes_forward(by: timedelta) -> None:
    with pytest.raises(BadInput, match="forward"):
        move_clock(by=by)
    assert clock.offset() == timedelta(0)


def test_the_clock_moves_five_years_in_all_and_no_further() -> None:
    move_clock(by=FARTHEST)
    with pytest.raises(BadInput, match="five years"):
        move_clock(by=timedelta(seconds=1))
    assert clock.offset() == FARTHEST


def test_both_clocks_move_together() -> None:
    before = clock.database_now()
    move_clock(by=timedelta(days=3))
    for now in (clock.now(), clock.database_now()):
        assert timedelta(days=3) <= now - before < timedelta(days=3, minutes=1)


def test_what_was_due_is_done_at_once() -> None:
    move_clock(by=timedelta(hours=1))
    (message,) = OutboxMessage.objects.filter(event=ClockMoved.__name__)
    assert message.handler == f"{catch_up.__module__}.{catch_up.__qualname__}"
    followers = {job.name for job in SCHEDULE if job.follows_clock}
    assert {"expire_bookings", "lapse_holds"} <= followers


def test_the_page_moves_time_and_says_what_is_wrong(client: Client) -> None:
    assert client.post("/dev/clock/", {"by": "3600"}).status_code == 302
    assert clock.offset() == timedelta(hours=1)
    answer = client.post("/dev/clock/", {"by": "-5"})
    assert answer.status_code == 422
    assert "only goes forward" in answer.text
    assert "test clock has been moved" in client.get("/").text


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"by": "x"}', '{"by": 1e400}', '{"to": "tomorrow"}', '{"to": "1999-01-01"}']
)
def test_the_program_interface_refuses_nonsense(client: Client, body: str) -> None:
    answer = client.post("/dev/clock.json", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert clock.offset() == timedelta(0)


def test_a_form_of_another_site_cannot_move_the_clock() -> None:
    answer = Client(enforce_csrf_checks=True).post("/dev/clock.json", {"by": "3600"})
    assert answer.status_code == 400
    assert Client(enforce_csrf_checks=True).post("/dev/clock/", {"by": "3600"}).status_code == 403
    assert clock.offset() == timedelta(0)


def test_programs_read_and_move_it(client: Client) -> None:
    before = client.get("/dev/clock.json").json()
    after = client.post("/dev/clock.json", {"by": 7200}, content_type="application/json").json()
    assert (before["offset_seconds"], after["offset_seconds"]) == (0, 7200)
    assert after["upcoming"] == []
