"""The ASGI application: the merchant's API and the pages."""

from starlette.applications import Starlette
from starlette.requests import Request

from freehold.simulators.kit import app, control
from freehold.simulators.sandbox import api
from freehold.simulators.sandbox.gateway import Gateway
from freehold.simulators.sandbox.pages import Pages

MACHINE_PATHS = ("/v1/", "/control/")


def is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


def build_app(gateway: Gateway, *, api_key: str) -> Starlette:
    pages = Pages(gateway)
    desk = control.routes(gateway.books, key=api_key, operations=api.OPERATIONS)
    routes = [*pages.routes(), *api.routes(gateway, api_key=api_key), *desk]
    return app.build(routes, refusal_page=pages.look.refused, is_page=is_page)
