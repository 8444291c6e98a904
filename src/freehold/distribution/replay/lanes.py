"""Several processes play one calendar: each does its share of the bookings, and all wait for each other at every part
of a day, so that one clock serves them all. They meet in the database, as the staff of a house does.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

from django.db import connection, connections

from freehold.core import clock, events, outbox, outside
from freehold.distribution.replay.days import Day
from freehold.distribution.replay.play import Lane, Phase, Tally, set_clock
from freehold.distribution.replay.resort import Resort
from freehold.distribution.replay.till import Till
from freehold.inventory.services.rebuild_search import roll_search_window

WORKER = "replay"
_MESSAGES_AT_ONCE = 1000


class ReplayFailed(Exception):
    """One of the processes came to an end before the last day."""


def play(resort: Resort, plan: Sequence[Day], *, on_day: Callable[[Day], None]) -> Tally:
    """Plays the days in order in a process for each of the resort's lanes and tells `on_day` of each that is over.

    Mails are not written: nobody is there to read them. Raises ReplayFailed when a process dies.
    """
    context = multiprocessing.get_context("fork")
    gate: Barrier = context.Barrier(resort.lanes + 1)
    tallies: SimpleQueue[Tally] = context.SimpleQueue()
    # A connection is not shared between processes.
    connections.close_all()
    workers = [
        context.Process(target=_run_lane, args=(Lane(resort, number), plan, gate, tallies), daemon=True)
        for number in range(resort.lanes)
    ]
    tally = Tally()
    try:
        with events.unheard("freehold.messaging"):
            for worker in workers:
                worker.start()
            _conduct(plan, gate, tally, on_day)
        for _ in workers:
            tally.add(tallies.get())
    except BrokenBarrierError:
        raise ReplayFailed("A process of the replay came to an end too early; its error is above.") from None
    finally:
        gate.abort()
        for worker in workers:
            worker.join(5)
    return tally


def _conduct(plan: Sequence[Day], gate: Barrier, tally: Tally, on_day: Callable[[Day], None]) -> None:
    till = Till()
    outside.bind_payment_gateway(till)
    for day in plan:
        for row in day.refused:
            tally.refused[f"row: {row.reason.value}"] += 1
            tally.examples.setdefault(f"row: {row.reason.value}", row.row)
        for phase in Phase:
            if phase.rows(day):
                set_clock(day.date, phase.hour)
                gate.wait()
                gate.wait()
        while outbox.deliver_due(worker_id=WORKER, limit=_MESSAGES_AT_ONCE):
            pass
        roll_search_window()
        on_day(day)


def _run_lane(lane: Lane, plan: Sequence[Day], gate: Barrier, tallies: "SimpleQueue[Tally]") -> None:
    outside.bind_payment_gateway(Till())
    finish_quickly()
    try:
        for day in plan:
            for phase in Phase:
                rows = phase.rows(day)
                if rows:
                    gate.wait()
                    clock.forget_offset()
                    lane.act(phase, rows)
                    gate.wait()
        tallies.put(lane.tally)
    except BrokenBarrierError:
        pass
    except BaseException:
        gate.abort()
        raise
    finally:
        connections.close_all()


def finish_quickly() -> None:
    """A replay that is cut off begins again in a new home: its commits need not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
