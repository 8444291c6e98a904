"""Numbers for Prometheus at /metrics: how requests go, and what waits behind them.

Requests are counted by their route, never by their address: no id, no reference and nothing that a person typed becomes
a label. What waits is asked of the database when somebody looks. Where a server has several worker processes they add
up in the folder that `cli.serve` names; a process on its own counts for itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from freehold.core.addresses import client_ip
from freehold.reports.backlog import Backlog, backlog

log = structlog.get_logger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNKNOWN_ROUTE = "(none)"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

OWN = CollectorRegistry()
REQUESTS = Counter("freehold_requests", "Requests answered.", ["method", "route", "status"], registry=OWN)
SECONDS = Histogram(
    "freehold_request_seconds", "How long an answer took.", ["method", "route"], buckets=BUCKETS, registry=OWN
)


class MetricsMiddleware:
    """Counts what the whole site answers, refusals and faults included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.ENV.has_metrics:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self._get_response(request)
        method = request.method if request.method in METHODS else "OTHER"
        route = _route(request)
        SECONDS.labels(method, route).observe(time.perf_counter() - began)
        REQUESTS.labels(method, route, str(response.status_code)).inc()
        return response


def _route(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else UNKNOWN_ROUTE


class WaitingCollector(Collector):
    """What the database knows of work that waits. A database that does not answer is a number, too."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("freehold_database_up", "Whether the database answered.")
        try:
            found = backlog()
        except DatabaseError as error:
            log.warning("metrics_without_database", error=type(error).__name__)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _families(found)


def _families(found: Backlog) -> Iterator[Metric]:
    labelled = (
        (
            "outbox_messages",
            "Messages of the outbox that are pending, or dead.",
            "state",
            found.outbox,
        ),
        (
            "stuck",
            "Money and news of it that should have moved on by itself.",
            "kind",
            found.stuck,
        ),
    )
    for name, words, label, numbers in labelled:
        family = GaugeMetricFamily(f"freehold_{name}", words, labels=[label])
        for value, number in sorted(numbers.items()):
            family.add_metric([value], number)
        yield family
    plain: tuple[tuple[str, str, float], ...] = (
        ("outbox_oldest_due_seconds", "For how long the oldest message has been due.", found.outbox_oldest_s),
        ("workers", "Workers that have given a sign of life within five seconds.", found.workers),
        ("jobs_due", "Jobs whose time has come and that nobody has taken.", found.jobs_due),
        ("jobs_oldest_due_seconds", "For how long the oldest of them has been due.", found.jobs_oldest_s),
        ("payments_open", "Attempts at a gateway that have not ended.", found.payments_open),
        ("payments_oldest_open_seconds", "How old the oldest of them is.", found.payments_oldest_s),
        ("reviews_open", "Questions about money that a person has to decide.", found.reviews_open),
        ("credits_unmatched", "Money that came and belongs to no booking yet.", found.credits_unmatched),
    )
    for name, words, amount in plain:
        yield GaugeMetricFamily(f"freehold_{name}", words, value=amount)


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The page is not there for an address that may not read it; a wrong token is told so."""
    env = settings.ENV
    networks = [ip_network(each) for each in env.metrics_networks]
    token = env.metrics_token.get_secret_value()
    if not env.has_metrics or (networks and not _is_within(client_ip(request), networks)):
        raise Http404
    if token and not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    waiting = CollectorRegistry(auto_describe=False)
    waiting.register(WaitingCollector())
    return HttpResponse(generate_latest(_counted()) + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST)


def _is_within(address: str, networks: list[IPv4Network | IPv6Network]) -> bool:
    return any(ip_address(address) in network for network in networks)


def _counted() -> CollectorRegistry:
    """What all processes of this server have counted together, or this one alone."""
    together = CollectorRegistry()
    try:
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    except ValueError:
        return OWN
    return together
