"""Around every call: the key, idempotency, faults, expansion, and Stripe's headers."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from freehold.simulators.kit import faults, idempotency
from freehold.simulators.kit.books import new_id
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.operations import OPERATIONS, Operation, expanded
from freehold.simulators.stripe.params import Params, decode
from freehold.simulators.stripe.store import API_VERSION, Store

LONGEST_KEY = 255
NAMES = tuple(operation.name for operation in OPERATIONS)
"""Where faults may be planned."""


class Api:
    def __init__(self, store: Store, *, api_key: str) -> None:
        self._store = store
        self._api_key = api_key
        self._under_way: set[tuple[str, str]] = set()

    def routes(self) -> list[Route]:
        return [
            Route(each.path, partial(self._serve, operation=each), methods=[each.method], name=each.name)
            for each in OPERATIONS
        ]

    async def _serve(self, request: Request, *, operation: Operation) -> Response:
        self._authenticate(request)
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        account = request.headers.get("stripe-account", "")
        if len(key) > LONGEST_KEY:
            raise Refusal.bad("idempotency_key", "An idempotency key has at most 255 characters.")
        store = self._store.acting_as(account)
        body = await request.body()
        if key and (account, key) in self._under_way:
            message = "There is currently another in-progress request using this Stripe-Idempotent key."
            raise Refusal(409, message, type_="idempotency_error", code="idempotency_key_in_use")

        async def run() -> Response:
            return self._execute(store, request, operation, body, key)

        busy = self._busy((account, key))
        answer = await faults.around(store.books, operation.name, run, while_slow=busy)
        answer.headers["Request-Id"] = new_id("req")
        answer.headers["Stripe-Version"] = API_VERSION
        return answer

    @contextmanager
    def _busy(self, key: tuple[str, str]) -> Iterator[None]:
        self._under_way.add(key)
        try:
            yield
        finally:
            self._under_way.discard(key)

    def _authenticate(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not given:
            raise Refusal(401, "You did not provide an API key.")
        if not hmac.compare_digest(given.encode(), self._api_key.encode()):
            raise Refusal(401, f"Invalid API Key provided: {given[:8]}****{given[-4:]}", code="api_key_invalid")

    def _execute(self, store: Store, request: Request, operation: Operation, body: bytes, key: str) -> Response:
        """Run the operation and remember its answer under the key, in one transaction.

        What fails validation is rolled back and not remembered; a declined card is an answer like any other.
        """
        values = decode(body if request.method == "POST" else request.url.query.encode())
        params = Params(values, operation.known)
        object_id = request.path_params.get("id", "")
        if request.method == "GET":
            return self._answer(*self._run(store, operation, object_id, params))
        print_ = idempotency.fingerprint(request.method, request.url.path, body)
        scoped = f"{store.account}:{key}" if key else ""
        with store.books.transaction():
            try:
                known = idempotency.recall(store.books, scoped, print_)
            except idempotency.KeyReused:
                message = "Keys for idempotent requests can only be used with the same parameters as the first time."
                raise Refusal(400, message, type_="idempotency_error") from None
            if known is not None:
                return self._answer(*known, replayed=True)
            status, answer = self._run(store.asked_with(key), operation, object_id, params)
            idempotency.remember(store.books, scoped, print_, status, answer)
        return self._answer(status, answer)

    def _run(self, store: Store, operation: Operation, object_id: str, params: Params) -> tuple[int, dict[str, Any]]:
        status, answer = operation.run(store, object_id, params)
        return status, expanded(store, answer, params.texts("expand"))

    def _answer(self, status: int, body: dict[str, Any], *, replayed: bool = False) -> Response:
        headers = {"Idempotent-Replayed": "true"} if replayed else None
        return JSONResponse(body, status_code=status, headers=headers)
