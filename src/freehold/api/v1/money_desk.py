"""The money desk for programs: credits of no booking yet, and money that people take or give back by hand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import MoneyField, StrictInstantField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import instant, payment_answer, refund_answer
from freehold.api.views import Endpoint
from freehold.bookings.credit_candidates import credit_candidates
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.domain.money import Money
from freehold.domain.references import Candidate
from freehold.finance.selectors import find_folio
from freehold.payments import by_hand
from freehold.payments.desk import company_credits
from freehold.payments.models import Credit
from freehold.payments.services.allocate_credit import allocate_credit, dismiss_credit, find_credit
from freehold.payments.services.record_money import LONGEST_REFERENCE, record_money
from freehold.payments.services.record_refund_by_hand import record_refund_by_hand


class CreditsQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Credit.State.choices, required=False)
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class AllocationInput(StrictSerializer):
    company_id = serializers.UUIDField()
    booking = TextField(max_length=20, help_text="The booking's reference, however it was typed.")


class ReasonInput(StrictSerializer):
    reason = TextField(max_length=500)


class RecordInput(StrictSerializer):
    company_id = serializers.UUIDField()
    booking = TextField(max_length=20, help_text="The booking's reference.")
    method = serializers.ChoiceField(choices=sorted(by_hand.METHODS))
    amount = MoneyField()
    reference = TextField(max_length=LONGEST_REFERENCE, help_text="A receipt, or the statement's line: recorded once.")
    received_at = StrictInstantField(required=False)


class ReferenceInput(StrictSerializer):
    reference = TextField(max_length=LONGEST_REFERENCE)


class CreditsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_credits_list", parameters=[CreditsQuery], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """Money that banks and wallets told of, the newest first; without a status, what waits for somebody.

        `candidates` are the bookings that it may be for, the likeliest first, and why; nothing is decided by them.
        """
        wanted = self.query(CreditsQuery)
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        found = company_credits(actor=self.actor, company_id=wanted["company_id"], state=wanted.get("status", ""))
        page = paginator.paginate_queryset(found, request, view=self)
        likely = credit_candidates(actor=self.actor, company_id=wanted["company_id"], credits=page or [])
        return paginator.get_paginated_response(
            [{**credit_answer(each), "candidates": candidate_answers(likely.get(each.pk, ()))} for each in page or []]
        )


class AllocateView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_credits_allocate", request=AllocationInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, credit_id: UUID) -> Response:
        """Say whose money it is. It pays what that booking owes, once; to the same booking again changes nothing."""
        wanted = self.body(AllocationInput)
        find_credit(actor=self.actor, credit_id=credit_id)
        folio_id = _folio_id(self.actor, wanted, "payments.review")
        return Response(credit_answer(allocate_credit(actor=self.actor, credit_id=credit_id, folio_id=folio_id)))


class DismissView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_credits_dismiss", request=ReasonInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, credit_id: UUID) -> Response:
        """Say that it belongs to no booking, and what becomes of it."""
        reason = self.body(ReasonInput)["reason"]
        return Response(credit_answer(dismiss_credit(actor=self.actor, credit_id=credit_id, reason=reason)))


class RecordView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_payments_record", request=RecordInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Record cash, or a transfer seen on the statement. The same reference again is the same money."""
        wanted = self.body(RecordInput)
        payment = record_money(
            actor=self.actor,
            folio_id=_folio_id(self.actor, wanted, "payments.record"),
            method=wanted["method"],
            amount=wanted["amount"],
            reference=wanted["reference"],
            received_at=wanted.get("received_at"),
        )
        return Response(payment_answer(payment), status=201)


class RefundByHandView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_refunds_by_hand", request=ReferenceInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, refund_id: UUID) -> Response:
        """Record that the money was sent back by hand, where no provider can be told to."""
        reference = self.body(ReferenceInput)["reference"]
        return Response(
            refund_answer(record_refund_by_hand(actor=self.actor, refund_id=refund_id, reference=reference))
        )


def _folio_id(actor: Actor, wanted: dict[str, Any], permission: str) -> UUID:
    """Who may not look at this company's bookings learns nothing about them."""
    require(actor=actor, permission=permission, company_id=wanted["company_id"])
    try:
        return find_folio(company_id=wanted["company_id"], reference=wanted["booking"]).pk
    except NotFound as error:
        raise BadInput(error.detail, code="no_such_booking", attr="booking") from error


def credit_answer(credit: Credit) -> dict[str, Any]:
    return {
        "id": str(credit.pk),
        "company_id": str(credit.company_id) if credit.company_id else None,
        "source": credit.source,
        "account": credit.account,
        "external_id": credit.external_id,
        "amount": Money(credit.amount_minor, credit.currency).to_json(),
        "direction": credit.direction,
        "reference": credit.reference,
        "payer_name": credit.payer_name,
        "status": credit.state,
        "note": credit.note,
        "payment_id": str(credit.payment_id) if credit.payment_id else None,
        "value_time": instant(credit.value_time),
        "created_at": instant(credit.created_at),
    }


def candidate_answers(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    return [
        {
            "booking": each.owed.reference,
            "open": each.owed.amount.to_json(),
            "clues": sorted(clue.value for clue in each.clues),
            "weight": each.weight,
        }
        for each in candidates
    ]


urlpatterns = [
    path("host/credits/", CreditsView.as_view(), name="host-credits"),
    path("host/credits/<uuid:credit_id>/allocate/", AllocateView.as_view(), name="host-credit-allocate"),
    path("host/credits/<uuid:credit_id>/dismiss/", DismissView.as_view(), name="host-credit-dismiss"),
    path("host/payments/record/", RecordView.as_view(), name="host-payments-record"),
    path("host/refunds/<uuid:refund_id>/by-hand/", RefundByHandView.as_view(), name="host-refund-by-hand"),
]
