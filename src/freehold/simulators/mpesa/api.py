"""Daraja's paths: a token by HTTP Basic, then JSON with a bearer token."""

import json
import secrets
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from freehold.simulators.kit import faults
from freehold.simulators.mpesa import wire
from freehold.simulators.mpesa.errors import Refusal, envelope, request_id
from freehold.simulators.mpesa.fields import Fields
from freehold.simulators.mpesa.merchant import Vault
from freehold.simulators.mpesa.network import Network
from freehold.simulators.mpesa.outgoing import Outgoing

TOKEN_LIVES_S = 3599
VALIDATION_TIMEOUT_S = 8.0
OUTAGE = faults.Outage(
    error_500=envelope("500.003.1001", "Internal Server Error"),
    rate_limited=envelope("500.003.02", "Error Occured: Spike Arrest Violation"),
)
OPERATIONS = ("token", "push", "push_query", "c2b_register", "c2b_simulate", "b2c", "b2b", "status", "reversal")
"""Where faults may be planned."""

type Operation = Callable[[Fields], dict[str, Any]]


class Api:
    def __init__(self, network: Network, outgoing: Outgoing, vault: Vault) -> None:
        self._network = network
        self._outgoing = outgoing
        self._vault = vault

    def routes(self) -> list[Route]:
        network, outgoing = self._network, self._outgoing
        return [
            Route("/oauth/v1/generate", self.token),
            Route("/certificate", self.certificate),
            self._route("push", "/mpesa/stkpush/v1/processrequest", network.push),
            self._route("push_query", "/mpesa/stkpushquery/v1/query", network.query),
            self._route("c2b_register", "/mpesa/c2b/v1/registerurl", network.register),
            self._route("c2b_register", "/mpesa/c2b/v2/registerurl", network.register),
            Route("/mpesa/c2b/v1/simulate", self.simulate, methods=["POST"]),
            Route("/mpesa/c2b/v2/simulate", self.simulate, methods=["POST"]),
            self._route("b2c", "/mpesa/b2c/v1/paymentrequest", outgoing.to_customer),
            self._route("b2c", "/mpesa/b2c/v3/paymentrequest", outgoing.to_customer),
            self._route("b2b", "/mpesa/b2b/v1/paymentrequest", outgoing.to_business),
            self._route("status", "/mpesa/transactionstatus/v1/query", outgoing.status),
            self._route("reversal", "/mpesa/reversal/v1/request", outgoing.reversal),
        ]

    def _route(self, name: str, path: str, operation: Operation) -> Route:
        endpoint: Callable[[Request], Awaitable[Response]] = partial(self._serve, name=name, operation=operation)
        return Route(path, endpoint, methods=["POST"])

    async def token(self, request: Request) -> Response:
        async def run() -> Response:
            if request.query_params.get("grant_type") != "client_credentials":
                raise Refusal(400, "400.008.02", "Invalid grant type passed")
            if not self._network.merchant.knows_login(request.headers.get("authorization", "")):
                raise Refusal(400, "400.008.01", "Invalid Authentication passed")
            value, books = secrets.token_urlsafe(21), self._network.books
            with books.transaction():
                books.insert("access_token", value=value, expires_at=books.now() + TOKEN_LIVES_S)
            return JSONResponse({"access_token": value, "expires_in": str(TOKEN_LIVES_S)})

        return await faults.around(self._network.books, "token", run, outage=OUTAGE)

    async def certificate(self, request: Request) -> Response:
        return PlainTextResponse(self._vault.certificate)

    async def _serve(self, request: Request, *, name: str, operation: Operation) -> Response:
        fields = await self._fields(request)

        async def run() -> Response:
            with self._network.books.transaction():
                answer = operation(fields)
            return JSONResponse(answer)

        return await faults.around(self._network.books, name, run, outage=OUTAGE)

    async def _fields(self, request: Request) -> Fields:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        books = self._network.books
        known = books.row("SELECT * FROM access_token WHERE value = :value", value=bearer)
        if known is None or known["expires_at"] <= books.now():
            raise Refusal(404, "404.001.03", "Invalid Access Token")
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refusal(400, "400.002.05", "Invalid Request Payload")
        return Fields(body)

    async def simulate(self, request: Request) -> Response:
        """A payer sends money by himself: validation, then the money, then the confirmation."""
        fields = await self._fields(request)
        amount, phone = fields.amount("Amount"), fields.text("Msisdn")
        reference = fields.text("BillRefNumber", default="")

        async def run() -> Response:
            books = self._network.books
            draft = {
                "receipt": wire.new_receipt(),
                "created": books.now(),
                "amount": amount,
                "reference": reference,
                "party": phone,
            }
            if not await self._is_welcome(draft):
                return JSONResponse({**_accepted(), "ResponseDescription": "Rejected by the merchant"})
            with books.transaction():
                self._network.confirm(self._network.move("c2b", amount, phone, reference, ""))
            return JSONResponse(_accepted())

        return await faults.around(self._network.books, "c2b_simulate", run, outage=OUTAGE)

    async def _is_welcome(self, draft: dict[str, Any]) -> bool:
        registered = self._network.registered()
        if registered is None:
            return True
        body = wire.c2b(draft, self._network.merchant.shortcode, balance="")
        try:
            async with httpx.AsyncClient(timeout=VALIDATION_TIMEOUT_S, trust_env=False) as client:
                answer = (await client.post(registered["validation_url"], json=body)).json()
            return str(answer["ResultCode"]) == "0"
        except (httpx.HTTPError, ValueError, KeyError, TypeError):
            return bool(registered["completes"])


def _accepted() -> dict[str, str]:
    return {
        "OriginatorCoversationID": request_id(),
        "ResponseCode": "0",
        "ResponseDescription": "Accept the service request successfully.",
    }
