"""Where payment gateways tell what happened. Not a view of the framework: the raw bytes are what was signed.

2xx is the promise that the event is stored; anything else makes the gateway send it again.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from freehold.api.errors import as_refusal, refusal_headers
from freehold.api.json import MAX_BODY_BYTES
from freehold.core.addresses import client_ip
from freehold.core.errors import BodyTooLarge, FreeholdError, NotFound
from freehold.payments.services.receive_notice import receive_notice
from freehold.payments.services.receive_notification import receive_notification
from freehold.ports.payment_gateway import Ack, Inbound


@method_decorator(csrf_exempt, name="dispatch")
class GatewayWebhookView(View):
    """Anyone may knock; a signature, or an address that only the gateway was given, opens."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, token: str, provider: str = "") -> HttpResponse:
        try:
            ack = self.receive(inbound_of(request), token, provider)
        except (FreeholdError, OperationalError, InterfaceError) as error:
            return _refused(error)
        return HttpResponse(ack.body, status=ack.status, content_type=ack.content_type)

    def receive(self, inbound: Inbound, token: str, provider: str) -> Ack:
        return receive_notification(provider=provider, token=token, inbound=inbound)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        item = {"code": "method_not_allowed", "detail": f'Method "{request.method}" not allowed.', "attr": None}
        answer = {"type": "client_error", "errors": [item]}
        return JsonResponse(answer, status=405, headers={"Allow": "POST"})


class UnnamedView(GatewayWebhookView):
    """The address names nobody: a provider's account or payment, or a bank's account, is behind the token."""

    def receive(self, inbound: Inbound, token: str, provider: str) -> Ack:
        try:
            return receive_notification(token=token, inbound=inbound)
        except NotFound:
            return receive_notice(token=token, inbound=inbound)


class CreditNoticeView(GatewayWebhookView):
    """Where banks tell of money that came by itself."""

    def receive(self, inbound: Inbound, token: str, provider: str) -> Ack:
        return receive_notice(source=provider, token=token, inbound=inbound)


def inbound_of(request: HttpRequest) -> Inbound:
    """The request as it came. Raises BodyTooLarge."""
    return Inbound(
        method=request.method or "POST",
        path=request.path,
        query={_clean(name): _clean(value) for name, value in request.GET.dict().items()},
        headers={_clean(name).lower(): _clean(value) for name, value in request.headers.items()},
        body=_body(request),
        remote_ip=client_ip(request),
        token_ok=False,  # whoever knows the account says
        received_at=datetime.now(UTC),  # the machine's time, against which signatures age
    )


def _clean(text: str) -> str:
    """Without what no database takes: a message is stored as it is checked."""
    return text.replace("\0", "")


def _body(request: HttpRequest) -> bytes:
    body = request.read(MAX_BODY_BYTES + 1)
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"The body is longer than {MAX_BODY_BYTES} bytes.")
    return body


def _refused(error: Exception) -> HttpResponse:
    refusal = as_refusal(error)
    if refusal is None:
        raise error
    return JsonResponse(refusal.to_json(), status=refusal.status, headers=refusal_headers(refusal))


# Tokens are of the characters of a slug: anything else is an address that nobody gave out.
# Some providers refuse addresses that name them: what these three are about, the token tells.
urlpatterns = [
    path("webhooks/<slug:provider>/<slug:token>/", GatewayWebhookView.as_view(), name="gateway-webhook"),
    path("paymentcallback/<slug:token>/", UnnamedView.as_view(), name="payment-callback"),
    path("payoutcallback/<slug:token>/", UnnamedView.as_view(), name="payout-callback"),
    path("expensecallback/<slug:token>/", UnnamedView.as_view(), name="expense-callback"),
    path(
        "instant-payment-notification/<slug:provider>/<slug:token>/", CreditNoticeView.as_view(), name="credit-notice"
    ),
]
