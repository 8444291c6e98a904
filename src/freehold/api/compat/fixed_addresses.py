"""Where the older APIs had providers send their messages: one address per provider. The raw bytes are what was signed.

Only a demonstration takes what nobody signed: see `payments.services.rehearse_payment`.
"""

from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from freehold.api.errors import as_refusal, refusal_headers
from freehold.api.v1.webhooks import inbound_of
from freehold.bookings.selectors import booking_id_of
from freehold.bookings.services.rehearse_payment import rehearse_booking_payment
from freehold.core.errors import FreeholdError
from freehold.core.serials import LARGEST_SERIAL
from freehold.payments.services.receive_at_fixed_address import receive_at_fixed_address

if TYPE_CHECKING:
    from freehold.ports.payment_gateway import Inbound

LONGEST_NAME = 120
_SIGNED = "signature"


@method_decorator(csrf_exempt, name="dispatch")
class FixedAddressView(View):
    """Anyone may knock; a signature opens. The answer is `{"detail": "ok"}`, with 400 for what nobody signed.

    `booking_key` and `paid_words`: how an unsigned message of the demonstration names the booking, and says "paid".
    """

    http_method_names = ["post"]
    provider: ClassVar[str]
    booking_key: ClassVar[str] = "booking_id"
    paid_words: ClassVar[frozenset[str]] = frozenset({"SUCCESS"})

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            inbound = inbound_of(request)
            unsigned = _unsigned(inbound, self.booking_key)
            if unsigned is None:
                receive_at_fixed_address(provider=self.provider, inbound=inbound)
            else:
                self._rehearse(unsigned)
        except (FreeholdError, OperationalError, InterfaceError) as error:
            return _refused(error)
        return JsonResponse({"detail": "ok"})

    def _rehearse(self, said: dict[str, Any]) -> None:
        number, named = said[self.booking_key], said.get("transaction_id")
        rehearse_booking_payment(
            booking_id=_booking(number),
            provider=self.provider,
            pays=str(said["status"]).upper() in self.paid_words,
            named=named[:LONGEST_NAME].replace("\0", "") if isinstance(named, str) else "",
        )

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        detail = f'Method "{request.method}" not allowed.'
        return JsonResponse({"detail": detail}, status=405, headers={"Allow": "POST"})


def _unsigned(inbound: "Inbound", booking_key: str) -> dict[str, Any] | None:
    """What says of a booking that it is paid or not, and carries no signature anywhere: bKash's are in the body."""
    if any(_SIGNED in name for name in inbound.headers):
        return None
    try:
        said = orjson.loads(inbound.body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or _SIGNED in {str(name).lower() for name in said}:
        return None
    return said if {booking_key, "status"} <= said.keys() else None


def _booking(number: Any) -> Any:
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 20:
        number = int(number)
    return booking_id_of(number) if type(number) is int and 0 <= number <= LARGEST_SERIAL else None


def _refused(error: Exception) -> HttpResponse:
    refusal = as_refusal(error)
    if refusal is None:
        raise error
    return JsonResponse({"detail": refusal.detail}, status=refusal.status, headers=refusal_headers(refusal))
