"""Pay links: a company asks for money, a guest lets others pay, and whoever has an address pays without an account."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.validators import URLValidator
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.phones import MAX_WRITTEN
from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import Anyone, CompanyCaller, SignedIn
from freehold.api.serializers import MoneyField, StrictInstantField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import instant, payment_answer
from freehold.api.views import Endpoint
from freehold.bookings.pay_links import Payable, booking_links, company_links, find_payable
from freehold.bookings.services.pay_by_link import link_options, start_link_payment
from freehold.bookings.services.send_pay_link import MOST_LABEL, MOST_NAME, send_pay_link
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.bookings.services.take_back_pay_link import take_back_pay_link
from freehold.core.errors import BadInput, NotFound
from freehold.domain.shares import FEWEST_SHARES, MOST_SHARES
from freehold.payments.models import PayLink
from freehold.payments.next_action import payers_action
from freehold.payments.pay_links import amount_of, get_link, state_of, url_of

MOST_EMAIL = 254


class PayerInput(StrictSerializer):
    amount = MoneyField(required=False)
    payer_name = TextField(max_length=MOST_NAME, required=False, allow_blank=True)
    payer_email = TextField(
        max_length=MOST_EMAIL, required=False, allow_blank=True, help_text="The link is sent here; else you send it."
    )


class LinkInput(PayerInput):
    """Without an amount: what is open of the receivable, or all that can be paid now."""

    receivable_id = serializers.UUIDField(required=False)
    label = TextField(max_length=MOST_LABEL, required=False, allow_blank=True, help_text="What the payer pays for.")
    expires_at = StrictInstantField(required=False, help_text="Within 90 days; a week when left out.")


class HostLinkInput(LinkInput):
    booking_id = serializers.UUIDField()


class HostLinksQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    booking = TextField(max_length=20, required=False, help_text="The booking's reference.")
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class SharesInput(StrictSerializer):
    shares = PayerInput(many=True, min_length=FEWEST_SHARES, max_length=MOST_SHARES)


class LinkPaymentInput(StrictSerializer):
    provider = TextField(max_length=30)
    return_url = TextField(
        max_length=500,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="An address of this site: whoever has the link does not send other payers elsewhere.",
    )
    phone = TextField(max_length=MAX_WRITTEN, required=False, allow_blank=True)
    pays_all = serializers.BooleanField(default=False, help_text="Of a share: all that the others have not paid, too.")


class HostLinksView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_pay_links_list", parameters=[HostLinksQuery], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The company's pay links, the newest first."""
        wanted = self.query(HostLinksQuery)
        found = company_links(actor=self.actor, company_id=wanted["company_id"])
        if "booking" in wanted:
            found = found.filter(folio__reference=wanted["booking"].strip().upper())
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([link_answer(link) for link in page or []])

    @extend_schema(
        operation_id="host_pay_links_create", request=HostLinkInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Ask somebody to pay for a booking. Of a hold it is a share of what confirms it, and ends with the hold."""
        link = send_pay_link(actor=self.actor, **self.body(HostLinkInput))
        return Response(link_answer(get_link(link.pk)), status=201)


class HostRevokeView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_pay_links_revoke", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, link_id: UUID) -> Response:
        """Nobody can pay by it any more; what was paid stays paid (409 `already_paid`)."""
        return Response(link_answer(take_back_pay_link(actor=self.actor, link_id=link_id)))


class BookingLinksView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_pay_links_list", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The pay links of your booking, the oldest first."""
        return self.answer(booking_id)

    @extend_schema(operation_id="bookings_pay_links_create", request=LinkInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent()
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Let somebody else pay for your booking."""
        link = send_pay_link(actor=self.actor, booking_id=booking_id, **self.body(LinkInput))
        return Response(link_answer(get_link(link.pk)), status=201)

    def answer(self, booking_id: UUID, status: int = 200) -> Response:
        links = booking_links(actor=self.actor, booking_id=booking_id)
        return Response({"results": [link_answer(link) for link in links]}, status=status)


class SplitView(BookingLinksView):
    http_method_names = ["post", "options"]

    @extend_schema(operation_id="bookings_split", request=SharesInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent()
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Split what your hold still needs among several payers. Amounts for all, summing exactly to it, or for none.

        Shares that nobody has paid are replaced. The booking is confirmed when all of it has come; if the hold runs
        out before, everybody gets their own money back.
        """
        shares = [Share(**share) for share in self.body(SharesInput)["shares"]]
        split_payment(actor=self.actor, booking_id=booking_id, shares=shares)
        return self.answer(booking_id, status=201)


class BookingLinkRevokeView(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="bookings_pay_links_revoke", request=None, responses=OpenApiTypes.OBJECT)
    @idempotent()
    def post(self, request: Request, booking_id: UUID, link_id: UUID) -> Response:
        """Nobody can pay by this link of your booking any more."""
        if all(link.pk != link_id for link in booking_links(actor=self.actor, booking_id=booking_id)):
            raise NotFound
        return Response(link_answer(take_back_pay_link(actor=self.actor, link_id=link_id)))


class PayLinkView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="pay_links_retrieve", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, token: str) -> Response:
        """What is behind the address of a pay link: what is to be paid, to whom, until when, and with what."""
        payable = find_payable(token)
        gateways = link_options(payable) if payable.is_open else {}
        return Response(
            {
                **_payable_answer(payable),
                "providers": [
                    {"provider": slug, "needs_phone": gateway.caps.needs_phone} for slug, gateway in gateways.items()
                ],
            }
        )


class PayLinkPaymentsView(Endpoint):
    permission_classes = [Anyone]

    @extend_schema(operation_id="pay_links_pay", request=LinkPaymentInput, responses={201: OpenApiTypes.OBJECT})
    @idempotent(in_transaction=False)
    def post(self, request: Request, token: str) -> Response:
        """Begin to pay by the link. An open payment of the same provider and amount is answered again."""
        wanted = self.body(LinkPaymentInput)
        _require_own_site(wanted["return_url"])
        payment = start_link_payment(token=token, **wanted)
        return Response({**payment_answer(payment), "next_action": payers_action(payment)}, status=201)


def _require_own_site(address: str) -> None:
    """The first to open an attempt names where every later payer's browser comes back to. Raises BadInput."""
    asked, own = urlsplit(address), urlsplit(settings.SITE_URL)
    if (asked.scheme.lower(), asked.netloc.lower()) != (own.scheme, own.netloc.lower()):
        detail = f"Whoever pays by a link comes back to {settings.SITE_URL}."
        raise BadInput(detail, code="other_site", attr="return_url")


def link_answer(link: PayLink) -> dict[str, Any]:
    """For whoever may send it. `url` is empty once the installation's key was changed."""
    return {
        "id": str(link.pk),
        "booking": link.folio.reference,
        "label": link.label,
        "amount": amount_of(link).to_json(),
        "status": state_of(link).value,
        "is_share": link.is_share,
        "receivable_id": str(link.receivable_id) if link.receivable_id else None,
        "payer_name": link.payer_name,
        "payer_email": link.payer_email,
        "url": url_of(link),
        "expires_at": instant(link.expires_at),
        "revoked_at": instant(link.revoked_at),
        "created_at": instant(link.created_at),
    }


def _payable_answer(payable: Payable) -> dict[str, Any]:
    """For whoever has the address: nothing of who booked, or who else pays."""
    return {
        "company": payable.booking.company.name,
        "booking": payable.booking.reference,
        "label": payable.link.label,
        "amount": payable.amount.to_json(),
        "missing": payable.missing.to_json(),
        "status": payable.state.value,
        "is_open": payable.is_open,
        "may_pay_all": payable.may_pay_all,
        "expires_at": instant(payable.expires_at),
    }


urlpatterns = [
    path("host/pay-links/", HostLinksView.as_view(), name="host-pay-links"),
    path("host/pay-links/<uuid:link_id>/revoke/", HostRevokeView.as_view(), name="host-pay-link-revoke"),
    path("bookings/<uuid:booking_id>/pay-links/", BookingLinksView.as_view(), name="booking-pay-links"),
    path("bookings/<uuid:booking_id>/split/", SplitView.as_view(), name="booking-split"),
    path(
        "bookings/<uuid:booking_id>/pay-links/<uuid:link_id>/revoke/",
        BookingLinkRevokeView.as_view(),
        name="booking-pay-link-revoke",
    ),
    path("pay-links/<str:token>/", PayLinkView.as_view(), name="pay-link"),
    path("pay-links/<str:token>/payments/", PayLinkPaymentsView.as_view(), name="pay-link-payments"),
]
