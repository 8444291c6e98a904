"""`Idempotency-Key` on POST: with it a request that is sent twice has one effect and one answer.

    class Bookings(Endpoint):
        @idempotent()
        def post(self, request): ...

- The header is optional, and without it nothing is de-duplicated; but where `@idempotent(is_required=True)` stands, as
  where a part of money goes back and a second one would go too, a request without it is 400
  `idempotency_key_required` and does nothing.
- A key belongs to its caller (the user, the API key, or the address of somebody who is neither) and to one method,
  path and body. Anything else under the same key is 422 `idempotency_key_reused`; a repetition that arrives while
  the first is still running is 409 `request_in_flight`.
- Remembered are 2xx and 409: they say what the request did, or that the world was against it. They are replayed
  with `Idempotency-Replayed: true`; a new attempt after a 409 takes a new key. Everything else (bad input, no
  permission, limits, faults) had no effect, is not remembered, and the key stays free.
- By default the whole view runs in one transaction together with the row that remembers the answer. A view
  that must not hold a transaction (it calls a gateway) says `@idempotent(in_transaction=False)` and its service is
  safe to repeat.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.json import MAX_BODY_BYTES, dumps
from freehold.api.offers import with_offers
from freehold.api.throttling import identity_of
from freehold.core.errors import BadInput, BodyTooLarge, FreeholdError
from freehold.core.idempotency import IdempotentRequest, idempotent_request

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
CONFLICT = 409

View = Callable[..., Response]


def idempotent(*, in_transaction: bool = True, is_required: bool = False) -> Callable[[View], View]:
    """Makes a POST method of an API view obey the Idempotency-Key header."""

    def decorate(method: View) -> View:
        @wraps(method)
        def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = request.headers.get(HEADER)
            if key is None and is_required:
                raise BadInput(
                    f"Send {HEADER}: a value of your own, the same when you send this again, new for anything else.",
                    code="idempotency_key_required",
                )
            if key is None:
                return method(view, request, *args, **kwargs)
            with idempotent_request(caller=identity_of(request), key=key, body=_fingerprint(request)) as known:
                if known.replay is not None:
                    return Response(known.replay.body, status=known.replay.status, headers={REPLAYED_HEADER: "true"})
                try:
                    if not in_transaction:
                        return _remembered(known, method(view, request, *args, **kwargs))
                    with transaction.atomic():
                        return _remembered(known, method(view, request, *args, **kwargs))
                except FreeholdError as refusal:
                    if refusal.status == CONFLICT:
                        known.remember(status=CONFLICT, body=dumps(_worded(view, refusal)))
                    raise

        wrapper.is_idempotent = True  # type: ignore[attr-defined]
        wrapper.needs_key = is_required  # type: ignore[attr-defined]
        return wrapper

    return decorate


def _worded(view: Any, refusal: FreeholdError) -> Any:
    """As the view's clients read refusals: the older APIs have words of their own."""
    own_words = getattr(view, "refusal_body", None)
    return own_words(refusal) if own_words is not None else with_offers(refusal).to_json()


def _remembered(known: IdempotentRequest, response: Response) -> Response:
    if 200 <= response.status_code < 300:
        known.remember(status=response.status_code, body=dumps(response.data))
    return response


def _fingerprint(request: Request) -> bytes:
    body: bytes = request._request.body
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is longer than {MAX_BODY_BYTES} bytes.")
    return f"{request.method} {request.path}\n".encode() + body
