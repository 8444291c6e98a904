"""The ASGI application: the merchant's API, the pages and the test desk."""

from starlette.applications import Starlette
from starlette.requests import Request

from freehold.simulators.kit import app
from freehold.simulators.razorpay import api, control
from freehold.simulators.razorpay.desk import Desk
from freehold.simulators.razorpay.pages import Pages

MACHINE_PATHS = ("/v1/", "/control/")


def is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


def build_app(desk: Desk) -> Starlette:
    pages = Pages(desk)
    routes = [*pages.routes(), *api.routes(desk), *control.routes(desk)]
    return app.build(routes, refusal_page=pages.look.refused, is_page=is_page, broken=dict(api.OUTAGE.error_500))
