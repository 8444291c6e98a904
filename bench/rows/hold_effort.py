"""What one hold takes of the processors, as a service and as a whole request, against the raw transaction.

On a machine whose processors are the limit this decides the rates, and it hardly depends on who else is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
from django.db import connection

from bench.effort import Effort, effort_of
from bench.lab import Lab
from bench.results import Baseline, Row
from bench.rows import hold_http, hold_service
from bench.rows.holding import open_market

NAME = "hold_effort"


def measure(lab: Lab) -> Iterator[Row]:
    market = open_market(lab)
    times = lab.amounts.efforts
    service, request, refused = hold_service.target(lab), hold_http.target(lab), hold_http.refused_target(lab)
    raw: list[Effort] = []
    services: list[Effort] = []
    requests: list[Effort] = []
    refusals: list[Effort] = []
    with closing(lab.connect(market.database)) as plain:
        for _ in range(lab.amounts.repeats):
            raw.append(
                effort_of(lambda: market.raw.write(plain, market.slots.take()), backend=_backend_of(plain), times=times)
            )
            services.append(effort_of(service, backend=_backend, times=times))
            requests.append(effort_of(request, backend=_backend, times=times))
            refusals.append(effort_of(refused, backend=_backend, times=times))
    baseline = Baseline("raw transaction", [effort.total for effort in raw])
    kinds = {"hold as a service": services, "hold as a request": requests, "hold refused, as a request": refusals}
    for name, efforts in kinds.items():
        yield Row(
            NAME,
            f"{name}: processor time",
            "ms",
            [effort.total for effort in efforts],
            None,
            baseline,
            {"of it in PostgreSQL": [round(effort.server, 2) for effort in efforts]},
        )


def _backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def _backend_of(plain: psycopg.Connection[tuple[object, ...]]) -> Callable[[], int]:
    return lambda: plain.info.backend_pid
