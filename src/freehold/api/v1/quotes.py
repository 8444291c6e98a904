"""Quotes: an itemised price that holds for a while."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.offers import with_fitting_stays
from freehold.api.permissions import Anyone
from freehold.api.v1.booking_answers import dues_answer, instant, line_answer, timeline_answer, when_answer
from freehold.api.v1.items import ItemsInput, to_requests
from freehold.api.views import Endpoint
from freehold.bookings.dues import dues_of_price
from freehold.core.errors import BadInput
from freehold.pricing.models import Quote
from freehold.pricing.services.create_quote import create_quote
from freehold.pricing.types import PricedCart


class QuotesView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="quotes_create", request=ItemsInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent()
    def post(self, request: Request) -> Response:
        """The price of one or more items, line by line, each naming its rule; it can be booked until `expires_at`.

        An item has `check_in` and `check_out`, or `start_at` and `end_at` (a slot), or none of them: a place that is
        given as a whole, from now on until cancelled.

        What breaks a rule of the listing (length, capacity, how far ahead) is refused with every reason, and with
        `alternatives` where other dates would mend it. Whether the space is free is decided when booking.
        """
        items = to_requests(self.body(ItemsInput)["items"])
        try:
            quote = create_quote(actor=self.actor, items=items)
        except BadInput as refusal:
            raise with_fitting_stays(refusal, items) from None
        return Response(quote_answer(quote), status=201)


def quote_answer(quote: Quote) -> dict[str, Any]:
    cart = PricedCart.from_json(quote.payload)
    return {
        "quote_id": str(quote.pk),
        "expires_at": instant(quote.expires_at),
        "company_id": str(cart.company_id),
        "lines": [line_answer(line) for line in cart.lines],
        "total": cart.total.to_json(),
        **dues_answer(dues_of_price(cart)),
        "payment_terms": cart.payment_terms,
        "cancellation_policy": cart.policy_name,
        "damage_deposit": cart.damage_deposit.amount.to_json() if cart.damage_deposit else None,
        "refund_timeline": timeline_answer(cart),
        "time_zone": cart.time_zone,
        "items": [
            {
                "listing_id": str(item.listing_id),
                "title": item.title,
                **when_answer(item),
                "quantity": item.quantity,
                "guests": item.party.to_json(),
                "nightly": item.nightly.to_json(),
                "lines": [line_answer(line) for line in item.lines],
                "subtotal": item.subtotal.to_json(),
                "taxes": item.taxes.to_json(),
                "total": item.total.to_json(),
            }
            for item in cart.items
        ],
    }


urlpatterns = [path("quotes/", QuotesView.as_view(), name="quotes")]
