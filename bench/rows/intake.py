"""Messages of four providers at fixed times, while a worker applies them: how long each waits for its 2xx.

The senders wait for nobody: what is due is sent. Some messages come twice. The baseline is a view that inserts the
same bytes as one row and checks nothing, at the same pace, with no worker beside it.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from django.test import Client

from bench.arrivals import Arrived, arrive
from bench.http import Line, parts_of
from bench.intake import keys
from bench.intake.messages import Sender, no_news
from bench.intake.stage import DATABASE, Awaited, Stage
from bench.intake.vendors import vendors
from bench.lab import Lab
from bench.load import Operation, closed_loop
from bench.plain.server import plain_intake
from bench.results import Baseline, Goal, NotMeasured, Row, percentile
from bench.servers import serving, working
from freehold.adapters.payments import stripe
from freehold.core import outside
from freehold.core.models import OutboxMessage
from freehold.payments.models import GatewayEvent, Payment
from freehold.ports.payment_gateway import AccountConfig

NAME = "intake"
LONGEST_CATCHING_UP = 300.0
EVENTS_OF_FOUR = 10
"""Four payments, one at each provider, are told of in six messages, four of which come twice."""


def measure(lab: Lab) -> Iterator[Row]:
    stage = Stage(lab)
    logs = lab.cluster.home / "logs"
    with vendors() as (url, sender):
        environment = {**lab.environment(DATABASE), **keys.settings_of(url)}
        with (
            plain_intake(lab) as plain,
            serving("web", environment=environment, log=logs / "intake.log") as port,
            working(environment=environment, log=logs / "intake-worker.log"),
        ):
            _warm_up(lab, stage, sender, [port, plain])
            yield from _at_fixed_times(lab, stage, sender, port, plain)
            yield from _as_fast_as_answered(lab, port, plain)


def target(lab: Lab) -> Callable[[], object]:
    """One new message of Stripe through the whole stack, in this process."""
    Stage(lab)
    account = AccountConfig(
        keys.account_of("stripe"), livemode=False, values=keys.STRIPE_VALUES, tokens=outside.token_store()
    )
    outside.bind_payment_gateway(stripe.CONNECTOR.connect(account))
    client = Client(headers={"host": "127.0.0.1"})

    def post() -> None:
        path, headers, body = parts_of(no_news())
        answer = client.post(path, body, content_type="application/json", headers=headers)
        assert answer.status_code == 200, answer.content

    return post


def _at_fixed_times(lab: Lab, stage: Stage, sender: Sender, port: int, plain: int) -> Iterator[Row]:
    pace = lab.amounts.events_a_second
    ours: list[Arrived] = []
    simple: list[Arrived] = []
    backlogs: list[float] = []
    applied: list[float] = []
    for _ in range(lab.amounts.repeats):
        lab.say("Stays that wait for their money")
        payments = stage.await_payments(_payments_for(pace * lab.amounts.intake_seconds))
        requests = _mixed(sender, payments)
        began = time.perf_counter()
        ours.append(arrive(port, requests, a_second=pace))
        backlogs.append(_waiting())
        _catch_up(payments)
        applied.append(6 * len(payments) / 4 / (time.perf_counter() - began))
        simple.append(arrive(plain, requests, a_second=pace))
    name = f"webhook, {pace} a second, worker applying"
    baseline = Baseline("plain insert", [percentile(each.delays, 0.95) for each in simple])
    facts = {
        "p50 ms": percentile([delay for each in ours for delay in each.delays], 0.5),
        "p99 ms": percentile([delay for each in ours for delay in each.delays], 0.99),
        "plain p99 ms": percentile([delay for each in simple for delay in each.delays], 0.99),
        "not applied yet when the last came": backlogs,
        "events": [len(each.delays) for each in ours],
    }
    delays = [percentile(each.delays, 0.95) for each in ours]
    yield Row(NAME, f"{name}: p95", "ms", delays, Goal("at_most", 100), baseline, facts)
    refused = [float(each.refused.total()) for each in ours]
    yield Row(
        NAME,
        f"{name}: refused",
        "",
        refused,
        Goal("at_most", 0),
        facts={"by": dict(sum((each.refused for each in ours), Counter()))},
    )
    yield Row(NAME, "events applied a second, stays confirmed", "/s", applied)


def _as_fast_as_answered(lab: Lab, port: int, plain: int) -> Iterator[Row]:
    """Each sender begins again as soon as it is answered: messages that are stored, and change nothing."""
    rates: list[float] = []
    simple: list[float] = []
    for _ in range(lab.amounts.repeats):
        for found, door in ((rates, port), (simple, plain)):
            burst = closed_loop(_sending_to(door), clients=lab.amounts.clients, seconds=lab.amounts.seconds)
            found.append(burst.rate)
    name = f"webhooks stored, {lab.amounts.clients} senders"
    yield Row(NAME, name, "/s", rates, None, Baseline("plain insert", simple))


def _sending_to(port: int) -> Callable[[int], Operation]:
    def make(_number: int) -> Operation:
        line = Line(port)

        def operation() -> str | None:
            status, body = line.ask(no_news())
            return None if status == 200 else f"{status} {body[:200]!r}"

        return operation

    return make


def _warm_up(lab: Lab, stage: Stage, sender: Sender, ports: Sequence[int]) -> None:
    """Every server process compiles, connects and fetches its certificates at its first messages."""
    payments = stage.await_payments(_payments_for(10 * lab.amounts.events_a_second / 5))
    requests = _mixed(sender, payments)
    for port in ports:
        arrive(port, requests, a_second=lab.amounts.events_a_second / 4)
    _catch_up(payments)


def _payments_for(events: float) -> int:
    return max(4, round(events / EVENTS_OF_FOUR) * 4)


def _mixed(sender: Sender, payments: Sequence[Awaited]) -> list[bytes]:
    """What is told of many payments, in the order in which it happens at several providers at once."""
    told: list[tuple[float, bytes]] = []
    for number, payment in enumerate(payments):
        messages = sender.about(payment)
        for step, message in enumerate([*messages, messages[-1]]):
            told.append((number + 20 * step + random.random(), message))
    return [message for _moment, message in sorted(told, key=lambda each: each[0])]


def _waiting() -> float:
    return float(OutboxMessage.objects.filter(state="pending", event="GatewayEventStored").count())


def _catch_up(payments: Sequence[Awaited]) -> None:
    """Waits until all is applied. Raises NotMeasured for money that was lost."""
    ids = [payment.payment_id for payment in payments]
    unpaid = Payment.objects.system("bench").filter(pk__in=ids).exclude(state="paid")
    deadline = time.monotonic() + LONGEST_CATCHING_UP
    while unpaid.exists():
        if time.monotonic() > deadline:
            left = list(unpaid.values_list("provider", "state")[:5])
            notes = list(GatewayEvent.objects.exclude(state="applied").values_list("state", "note")[:5])
            raise NotMeasured(f"{unpaid.count()} payments were not applied: {left}, {notes}")
        time.sleep(0.1)
