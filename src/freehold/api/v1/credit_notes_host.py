"""Reductions that the company's people grant, and the credit notes that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import MoneyField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import instant
from freehold.api.views import Endpoint
from freehold.bookings.reductions import booking_notes
from freehold.bookings.services.grant_reduction import LONGEST_REASON, grant_reduction
from freehold.domain.money import Money
from freehold.domain.reductions import ReductionCause

if TYPE_CHECKING:
    from freehold.finance.models import CreditNote


class ReductionInput(StrictSerializer):
    amount = MoneyField()
    cause = serializers.ChoiceField([cause.value for cause in ReductionCause])
    reason = TextField(max_length=LONGEST_REASON, help_text="The guest can read it, and it stands in the books.")


class CreditNotesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_credit_notes_list", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, booking_id: UUID) -> Response:
        """The credit notes of one booking, the oldest first."""
        notes = booking_notes(actor=self.actor, booking_id=booking_id)
        return Response({"results": [note_answer(note) for note in notes]})

    @extend_schema(
        operation_id="host_credit_notes_create",
        request=ReductionInput,
        responses={201: OpenApiTypes.OBJECT},
        tags=["host"],
    )
    @idempotent()
    def post(self, request: Request, booking_id: UUID) -> Response:
        """Let the guest off a part of what was charged. It lowers what is owed first; what was paid already goes back,
        the latest payment first. Never more than is charged, less what was granted before (409 `exceeds_charge`)."""
        note = grant_reduction(actor=self.actor, booking_id=booking_id, key=uuid4().hex, **self.body(ReductionInput))
        return Response(note_answer(note), status=201)


def note_answer(note: CreditNote) -> dict[str, Any]:
    def money(minor: int) -> dict[str, str]:
        return Money(minor, note.currency).to_json()

    return {
        "id": str(note.pk),
        "number": note.document_number,
        "cause": note.cause,
        "reason": note.reason,
        "amount": money(note.amount_minor),
        "taxes": money(note.tax_minor),
        "written_off": money(note.written_off_minor),
        "refunded": money(note.refunded_minor),
        "issued_by": note.issuer.get_full_name() or note.issuer.email if note.issuer else None,
        "issued_at": instant(note.issued_at),
    }


urlpatterns = [
    path("host/bookings/<uuid:booking_id>/credit-notes/", CreditNotesView.as_view(), name="host-booking-credit-notes")
]
