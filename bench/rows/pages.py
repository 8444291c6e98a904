"""The pages that guests see first, through the whole stack in this process, on the demo's data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.lab import Lab
from bench.results import Baseline, Goal, NotMeasured, Row
from freehold.core import clock
from freehold.distribution.services.load_demo import load_demo
from freehold.properties.models import Listing, Property

NAME = "pages"
DATABASE = "bench_demo"


def measure(lab: Lab) -> Iterator[Row]:
    _open_demo(lab)
    client = Client(headers={"host": "127.0.0.1"})
    for name, address in _addresses().items():
        # Templates are compiled at the first request.
        for warm in (address, "/healthz"):
            _get(client, warm)
        ours, base = [], []
        for _ in range(lab.amounts.repeats):
            ours.append(_milliseconds(client, address, lab.amounts.pages))
            base.append(_milliseconds(client, "/healthz", lab.amounts.pages))
        with CaptureQueriesContext(connection) as queries:
            size = _get(client, address)
        facts = {"address": address, "bytes": size, "queries": [each["sql"][:200] for each in queries.captured_queries]}
        yield Row(NAME, f"{name}: server time", "ms", ours, Goal("at_most", 60), Baseline("/healthz", base), facts)
        yield Row(NAME, f"{name}: queries", "", [float(len(queries))], Goal("at_most", 15))


def target(lab: Lab) -> Callable[[], object]:
    _open_demo(lab)
    client = Client(headers={"host": "127.0.0.1"})
    addresses = list(_addresses().values())
    return lambda: [_get(client, address) for address in addresses]


def _open_demo(lab: Lab) -> None:
    if DATABASE not in lab.worlds:
        lab.say("The demo's data")
        lab.create(DATABASE)
        lab.use(DATABASE)
        with connection.cursor() as cursor:
            # As `prepare` has it: the limits are those of requests.
            cursor.execute("SET statement_timeout = 0")
            load_demo(data=lab.amounts.demo_data, progress=lambda _step, _done, _total: None)
            cursor.execute("VACUUM ANALYZE")
        lab.worlds[DATABASE] = lab.amounts.demo_data
    lab.use(DATABASE)


def _addresses() -> dict[str, str]:
    """By what people would call them. Dates where somebody who books has them."""
    place = Property.objects.published().first()
    if place is None:
        raise NotMeasured("the demo's data holds no place")
    listing = Listing.objects.published().filter(property=place)[0]
    arrive = clock.now().date() + timedelta(days=40)
    dates = f"check_in={arrive}&check_out={arrive + timedelta(days=3)}&adults=2"
    return {
        "home page": reverse("site:home"),
        "search page": f"{reverse('site:search')}?place={place.city}&{dates}",
        "place page": f"{reverse('site:place', args=[listing.slug])}?{dates}",
    }


def _get(client: Client, address: str) -> int:
    """The size of the answer."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise NotMeasured(f"{address} answers {answer.status_code}")
    return len(answer.getvalue())


def _milliseconds(client: Client, address: str, count: int) -> float:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        _get(client, address)
        times.append((time.perf_counter() - began) * 1000)
    return median(times)
