"""Every route, every principal."""

import logging

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from freehold.api.permissions import DenyAll
from tests.permissions.matrix import (
    KEYS,
    WALLED,
    Row,
    all_routes,
    all_rows,
    expected_of_key,
    is_for_keys,
    methods_of,
)
from tests.permissions.world import PRINCIPALS, World
from tests.support.factors import prove

pytestmark = pytest.mark.django_db

ROWS = all_rows()


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {
        (route, method) for route, view in all_routes() if not route.startswith(WALLED) for method in methods_of(view)
    }
    rows = {(row.route, row.method) for row in ROWS}
    missing = sorted(f"{method.upper()} {route}" for route, method in routes - rows)
    stale = sorted(f"{method.upper()} {route}" for route, method in rows - routes)
    assert not missing, "Say in tests/permissions/rows who gets what from:\n" + "\n".join(missing)
    assert not stale, "There is no such route any more:\n" + "\n".join(stale)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_principal_gets_what_the_matrix_says(row: Row) -> None:
    logging.disable(logging.INFO)
    world = World()
    people = world.people
    address, body = row.address(world), row.body(world)
    answers = {}
    for principal in PRINCIPALS:
        client = Client(raise_request_exception=False)
        if principal != "anonymous":
            client.force_login(people[principal])
            if row.is_proved:
                prove(client, people[principal])
        with transaction.atomic():
            send = getattr(client, row.method)
            if row.is_form or row.method == "get":
                response = send(address, body, headers=dict(row.headers))
            else:
                response = send(address, body, content_type="application/json", headers=dict(row.headers))
            answers[principal] = response.status_code
            transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
    assert answers == dict(row.expect), f"{row}: last answer was {response.content[:500]!r}"


@pytest.mark.parametrize("row", [row for row in ROWS if row.route.startswith("api/v1/")], ids=str)
def test_each_api_key_gets_what_the_matrix_says(row: Row) -> None:
    """A key with every scope, and one of another company."""
    logging.disable(logging.INFO)
    world = World()
    address, body = row.address(world), row.body(world)
    answers, expected = {}, {}
    for name, likeness in KEYS.items():
        expected[name] = expected_of_key(row, likeness)
        send = getattr(Client(raise_request_exception=False), row.method)
        headers = {**row.headers, "Authorization": f"Api-Key {world.keys[name]}"}
        with transaction.atomic():
            if row.is_form or row.method == "get":
                response = send(address, body, headers=headers)
            else:
                response = send(address, body, content_type="application/json", headers=headers)
            answers[name] = response.status_code
            transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
    assert answers == expected, f"{row}: last answer was {response.content[:500]!r}"


def test_keys_are_admitted_to_the_business_and_to_no_account() -> None:
    admitted = {route for route, pattern in all_routes() if is_for_keys(pattern)}
    assert admitted
    outside = {route for route in admitted if not route.startswith("api/v1/host/")}
    one = "api/v1/bookings/<uuid:booking_id>/"
    assert outside == {one, f"{one}accept/", f"{one}decline/"}
    assert not [route for route in admitted if "api-key" in route]


def test_no_view_of_the_api_relies_on_a_default_permission() -> None:
    for route, pattern in all_routes():
        view = getattr(pattern.callback, "cls", None)
        if view is None or not issubclass(view, APIView):
            continue
        assert view.permission_classes, route
        assert DenyAll not in view.permission_classes, f"{route} does not say who may use it"
        open_to_all = [each for each in view.permission_classes if issubclass(each, AllowAny)]
        assert not open_to_all or len(view.permission_classes) == 1, route


def test_the_token_library_s_own_views_are_never_mounted() -> None:
    for route, pattern in all_routes():
        view = getattr(pattern.callback, "cls", None) or pattern.callback
        assert not view.__module__.startswith("rest_framework_simplejwt"), route


def test_nobody_but_staff_gets_behind_the_wall_of_the_administration() -> None:
    logging.disable(logging.INFO)
    people = World().people
    for principal in ("anonymous", "guest", "host", "admin", "outsider"):
        client = Client(raise_request_exception=False)
        if principal != "anonymous":
            client.force_login(people[principal])
        for route, _pattern in all_routes():
            if not route.startswith(WALLED) or "<" in route or "(" in route:
                continue
            response = client.get(f"/{route}")
            if route == "admin/jsi18n/" or response.status_code == 404:
                continue
            assert response.status_code in {302, 403, 405}, f"{principal} got {response.status_code} from {route}"
            if response.status_code == 302:
                assert "/login/" in response["Location"] or response["Location"] in {"/", "/admin/"}, route
    logging.disable(logging.NOTSET)
