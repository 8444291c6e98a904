"""The ASGI application around a simulator's routes, with one way to answer a refusal."""

import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from freehold.simulators.kit.errors import Refusal

BROKEN = {"error": {"type": "api_error", "code": "internal", "message": "The simulator failed."}}


def build(
    routes: Sequence[BaseRoute],
    *,
    refusal_page: Callable[[Refusal], Response],
    is_page: Callable[[Request], bool],
    broken: dict[str, Any] | None = None,
) -> Starlette:
    """`is_page` tells whose refusals are pages for people; everybody else gets the refusal's body as JSON."""

    async def refuse(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        if is_page(request):
            return refusal_page(error)
        return JSONResponse(error.body, status_code=error.status, headers=error.headers)

    async def confess(request: Request, error: Exception) -> Response:
        """A mistake of the simulator itself: say so on the terminal, the server has no log."""
        traceback.print_exception(error, file=sys.stderr)
        return JSONResponse(broken or BROKEN, status_code=500)

    return Starlette(routes=routes, exception_handlers={Refusal: refuse, Exception: confess})
