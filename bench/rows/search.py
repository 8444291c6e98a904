"""Search as a service: the usual mix at each scale against the plainest SQL, and how the time grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.baselines.plain_search import plain_search
from bench.lab import Lab
from bench.results import Baseline, Goal, Row, growth_exponent, percentile
from bench.wishes import Wish, busiest, usual_mix
from bench.world.make import database_of, world_of
from freehold.inventory.search.page import search

NAME = "search"
_GOALS = {100_000: 4.0, 1_000_000: 25.0}
_WARM_UP = 10


@dataclass(frozen=True, slots=True)
class _Times:
    """Milliseconds, search by search."""

    ours: list[float]
    plain: list[float]


def measure(lab: Lab) -> Iterator[Row]:
    points: list[tuple[int, float]] = []
    for scale in lab.amounts.scales:
        world = world_of(lab, scale)
        mix = usual_mix(world, lab.amounts.searches)
        repeats = _repeats(lab, scale, mix)
        facts = {"stays": world.stays, "queries": _queries(mix[0]), "searches a repeat": len(repeats[0].ours)}
        name = f"search, usual mix, {scale:,} places"
        for share, goal in ((0.5, None), (0.95, _GOALS.get(scale))):
            yield Row(
                NAME,
                f"{name}: p{share * 100:.0f}",
                "ms",
                [percentile(times.ours, share) for times in repeats],
                Goal("at_most", goal) if goal else None,
                Baseline("plainest SQL", [percentile(times.plain, share) for times in repeats]),
                facts,
            )
        points.append((scale, percentile([each for times in repeats for each in times.ours], 0.5)))
        crowded = _repeats(lab, scale, list(busiest(world, max(5, lab.amounts.searches // 5))))
        yield Row(
            NAME,
            f"search, busiest city, {scale:,} places: p50",
            "ms",
            [percentile(times.ours, 0.5) for times in crowded],
            None,
            Baseline("plainest SQL", [percentile(times.plain, 0.5) for times in crowded]),
        )
    if len(points) > 1:
        name = f"search: growth from {points[0][0]:,} to {points[-1][0]:,} places, exponent of N"
        yield Row(NAME, name, "", [growth_exponent(points[0], points[-1])], Goal("at_most", 0.5))


def target(lab: Lab) -> Callable[[], object]:
    wishes = cycle(usual_mix(world_of(lab, max(lab.amounts.scales)), lab.amounts.searches))
    return lambda: search(next(wishes).to_query())


def _repeats(lab: Lab, scale: int, wishes: Sequence[Wish]) -> list[_Times]:
    """Each search first here, then there. A repeat ends with its wishes or its time, but not before a few."""
    with lab.connect(database_of(scale)) as plain:
        for wish in wishes[:_WARM_UP]:
            search(wish.to_query())
            plain_search(plain, wish)
        repeats = []
        for _ in range(lab.amounts.repeats):
            times = _Times([], [])
            began = time.perf_counter()
            for wish in wishes:
                if len(times.ours) >= _WARM_UP and time.perf_counter() - began > lab.amounts.search_seconds:
                    break
                query = wish.to_query()
                times.ours.append(_milliseconds(lambda query=query: search(query)))
                times.plain.append(_milliseconds(lambda wish=wish: plain_search(plain, wish)))
            repeats.append(times)
    return repeats


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _queries(wish: Wish) -> int:
    with CaptureQueriesContext(connection) as queries:
        search(wish.to_query())
    return len(queries)
