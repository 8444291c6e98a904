"""The ASGI application: the merchant's API and the pages, with one way to answer a refusal."""

import sys
import traceback

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from freehold.simulators.sandbox import api
from freehold.simulators.sandbox.errors import Refusal
from freehold.simulators.sandbox.gateway import Gateway
from freehold.simulators.sandbox.pages import Pages

MACHINE_PATHS = ("/v1/", "/control/")


def build_app(gateway: Gateway, *, api_key: str) -> Starlette:
    pages = Pages(gateway)

    async def refuse(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        if request.url.path.startswith(MACHINE_PATHS):
            return JSONResponse(error.body, status_code=error.status)
        return pages.refused(error)

    async def confess(request: Request, error: Exception) -> Response:
        """A mistake of the simulator itself: say so on the terminal, the server has no log."""
        traceback.print_exception(error, file=sys.stderr)
        message = {"type": "api_error", "code": "internal", "message": "The simulator failed."}
        return JSONResponse({"error": message}, status_code=500)

    return Starlette(
        routes=[*pages.routes(), *api.routes(gateway, api_key=api_key)],
        exception_handlers={Refusal: refuse, Exception: confess},
    )
