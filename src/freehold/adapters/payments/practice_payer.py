"""A payer who does at a simulator's pages what we are told: the same buttons that a person would press there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from freehold.ports.payment_gateway import ProviderRef, Retryable

PAY, DECLINE = "pay", "decline"
NOWHERE = "http://127.0.0.1:9/"
"""The browser is not led anywhere; pages without an address to go back to show no buttons."""


class SimulatorPayer:
    """`base_url` is the simulator's: nothing else is ever asked."""

    def __init__(self, base_url: str, *, timeout_s: float = 20.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._client = httpx.Client(timeout=timeout_s, trust_env=False)

    def act(self, *, pays: bool, ref: ProviderRef, action: Mapping[str, Any]) -> Mapping[str, str]:
        page = self._page(ref, action)
        try:
            answer = self._client.post(page, data={"scenario": PAY if pays else DECLINE})
        except httpx.TransportError as error:
            raise Retryable(f"the simulator cannot be reached: {type(error).__name__}") from error
        # A declined card leaves the payer on the page; a page whose payment is over has no buttons any more.
        if answer.status_code not in (200, 303, 409):
            raise Retryable(f"the simulator's page answered {answer.status_code}")
        return dict(parse_qsl(urlsplit(answer.headers.get("location", "")).query))

    def _page(self, ref: ProviderRef, action: Mapping[str, Any]) -> str:
        """Where this payment is paid: the page that the payer was sent to, or the one that a script would open."""
        client: Mapping[str, str] = action.get("client", {})
        if action.get("url"):
            page = str(action["url"])
        elif "client_secret" in client:
            query = {"client_secret": client["client_secret"], "return_url": NOWHERE}
            page = f"{self._base_url}/pay/{ref.object_id}?{urlencode(query)}"
        elif "order_id" in client:
            query = {
                "key_id": client["key_id"],
                "order_id": client["order_id"],
                "callback_url": NOWHERE,
                "callback_method": "get",
            }
            page = f"{self._base_url}/checkout?{urlencode(query)}"
        else:
            raise Retryable("this payment has no page at present")
        if not page.startswith(f"{self._base_url}/"):
            raise Retryable("the page is not the simulator's")
        return page
