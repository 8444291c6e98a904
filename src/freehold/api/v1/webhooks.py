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
from freehold.core.errors import BodyTooLarge, FreeholdError
from freehold.payments.services.receive_notification import receive_notification
from freehold.ports.payment_gateway import Inbound


@method_decorator(csrf_exempt, name="dispatch")
class GatewayWebhookView(View):
    """Anyone may knock; a signature, or an address that only the gateway was given, opens."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, token: str, provider: str = "") -> HttpResponse:
        try:
            ack = receive_notification(provider=provider, token=token, inbound=_inbound(request))
        except (FreeholdError, OperationalError, InterfaceError) as error:
            return _refused(error)
        return HttpResponse(ack.body, status=ack.status, content_type=ack.content_type)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        item = {"code": "method_not_allowed", "detail": f'Method "{request.method}" not allowed.', "attr": None}
        answer = {"type": "client_error", "errors": [item]}
        return JsonResponse(answer, status=405, headers={"Allow": "POST"})


def _inbound(request: HttpRequest) -> Inbound:
    return Inbound(
        method="POST",
        path=request.path,
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_body(request),
        remote_ip=client_ip(request),
        token_ok=False,  # whoever knows the account says
        received_at=datetime.now(UTC),  # the machine's time, against which signatures age
    )


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


_door = GatewayWebhookView.as_view()

# The last three do not name the provider, which some providers refuse; the token does.
urlpatterns = [
    path("webhooks/<slug:provider>/<str:token>/", _door, name="gateway-webhook"),
    path("paymentcallback/<str:token>/", _door, name="payment-callback"),
    path("payoutcallback/<str:token>/", _door, name="payout-callback"),
    path("expensecallback/<str:token>/", _door, name="expense-callback"),
]
