"""A thread's connection to the database: kept from request to request, replaced when it died."""

from __future__ import annotations

import psycopg
import pytest
from django.core.signals import request_finished, request_started
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)


def server_process() -> int:
    """The server's own process that answers this thread."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def between_requests() -> None:
    """What Django does when one request is over and the next one begins."""
    request_finished.send(sender=object)
    request_started.send(sender=object)


def test_a_thread_keeps_its_connection_between_requests() -> None:
    first = server_process()
    between_requests()
    assert server_process() == first


def test_control_without_persistence_each_request_connects_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    connection.close()
    first = server_process()
    between_requests()
    assert server_process() != first


def test_a_connection_that_died_is_replaced_before_the_next_request() -> None:
    first = server_process()
    with psycopg.connect(_address(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [first])
    between_requests()
    assert server_process() != first


def _address() -> str:
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return psycopg.conninfo.make_conninfo(**{name: parameters[name] for name in names if parameters.get(name)})
