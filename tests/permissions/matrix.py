"""The permission matrix: what each principal gets from each route.

Every route of the site has a row, or the test fails and says which is missing. A new route is added like this, in
`rows/<family>.py`:

    ROWS = [
        Row("api/v1/things/<uuid:id>/", "get", owner(200), path=lambda world: f"/api/v1/things/{thing(world).pk}/"),
        Row("api/v1/things/", "post", signed_in(201), body=lambda world: {"name": "x"}),
    ]

The route is spelled as the URLconf spells it. Expectations are exact statuses: 404 for what is not yours, 403 for what
your role does not include, 401 for nobody.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from freehold.api.permissions import CompanyCaller, SignedIn
from tests.permissions import rows
from tests.permissions.world import PRINCIPALS, World

METHODS = ("get", "post", "put", "patch", "delete")
# The administration is one wall around many pages: test_administration goes through them all.
WALLED = "admin/"

Expectation = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    route: str
    method: str
    expect: Expectation
    path: Callable[[World], str] | None = None  # needed when the route has parameters
    body: Callable[[World], Any] = field(default=lambda world: {})
    is_form: bool = False
    # Everybody who is signed in has just proved it again, as what is sensitive asks for.
    is_proved: bool = False
    # What the address cannot do without, besides who asks.
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = set(PRINCIPALS) - set(self.expect)
        assert not missing, f"{self.method} {self.route} says nothing about {sorted(missing)}"
        assert self.path or "<" not in self.route, f"{self.route} needs a path"

    def address(self, world: World) -> str:
        return self.path(world) if self.path else f"/{self.route}"

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.route}"


def everyone(status: int) -> Expectation:
    """The same for all: public."""
    return dict.fromkeys(PRINCIPALS, status)


def signed_in(status: int, *, anonymous: int = 401) -> Expectation:
    """Anybody who is signed in; what they get is about themselves."""
    return {**everyone(status), "anonymous": anonymous}


def owner(status: int, *, staff: int = 404, anonymous: int = 401, **exceptions: int) -> Expectation:
    """The guest whose thing it is. `staff`: what people of the thing's company get."""
    company = dict.fromkeys(("host", "staff", "admin"), staff)
    return {**everyone(404), **company, "anonymous": anonymous, "guest": status, **exceptions}


def members(*, host: int, staff: int, admin: int, superuser: int, anonymous: int = 401) -> Expectation:
    """People of the thing's company by their role; to anybody else it does not exist."""
    return {
        **everyone(404),
        "anonymous": anonymous,
        "host": host,
        "staff": staff,
        "admin": admin,
        "superuser": superuser,
    }


# Who a key with every scope is like, where an address admits keys: the key of the thing's company, and one of another.
KEYS = {"key": "staff", "foreign key": "outsider"}


def is_for_keys(pattern: URLPattern) -> bool:
    view = getattr(pattern.callback, "cls", None)
    return view is not None and CompanyCaller in view.permission_classes


def expected_of_key(row: Row, likeness: str) -> int:
    """What people of the company get, where keys are admitted; else a key is nobody, and refused where one signs in."""
    pattern = next(pattern for route, pattern in all_routes() if route == row.route)
    if is_for_keys(pattern):
        return row.expect[likeness]
    view = getattr(pattern.callback, "cls", None)
    is_personal = view is not None and any(issubclass(each, SignedIn) for each in view.permission_classes)
    return 403 if is_personal else row.expect["anonymous"]


def all_rows() -> list[Row]:
    """What all modules of `rows` say."""
    found: list[Row] = []
    for module in iter_modules(rows.__path__):
        found += import_module(f"{rows.__name__}.{module.name}").ROWS
    return found


def all_routes() -> Iterator[tuple[str, URLPattern]]:
    """Every route of the site, as the URLconf spells it."""
    yield from _below(get_resolver(), "")


def methods_of(pattern: URLPattern) -> list[str]:
    """The methods that a route answers."""
    view = getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)
    if view is None:
        return _methods_of_function(pattern)
    answered = [name for name in METHODS if name in view.http_method_names and hasattr(view, name)]
    if not hasattr(pattern.callback, "cls") and "post" in answered:
        # Django's form views treat PUT as POST.
        answered = [name for name in answered if name != "put"]
    return answered or ["get"]


def _methods_of_function(pattern: URLPattern) -> list[str]:
    """Asked with a method that no one knows, a guarded function says which it allows; any other means GET."""
    request = RequestFactory().generic("PROBE", "/")
    request.user = AnonymousUser()
    try:
        response = pattern.callback(request, **dict.fromkeys(pattern.pattern.converters, ""))
    except Exception:
        return ["get"]
    allowed = response.headers.get("Allow", "GET").lower()
    return [name for name in METHODS if name in allowed]


def _below(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _below(pattern, route)
        else:
            yield route, pattern
