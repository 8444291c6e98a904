"""Providers' books against ours, for programs: what was compared, what differs, and what is done about it."""

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
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1.booking_answers import instant
from freehold.api.views import Endpoint
from freehold.domain.money import Money
from freehold.domain.reconciliation import Repair, proposals
from freehold.payments.models import Comparison, Difference
from freehold.payments.reconciling import WantedComparisons, comparisons_of, differences_of
from freehold.payments.services.repair_difference import LONGEST_REASON, repair_difference, sides_of
from freehold.payments.services.request_comparison import LONGEST, request_comparison


class ComparisonsQuery(StrictSerializer):
    company_id = serializers.UUIDField(required=False, help_text="Left out: the installation's own accounts.")
    status = serializers.ChoiceField(choices=Comparison.State.choices, required=False)
    provider = TextField(max_length=30, required=False)
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class DifferencesQuery(StrictSerializer):
    company_id = serializers.UUIDField(required=False, help_text="Left out: what is on the installation's accounts.")
    status = serializers.ChoiceField(choices=["open", "settled", "all"], default="open")
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class CompareInput(StrictSerializer):
    company_id = serializers.UUIDField()
    days = serializers.IntegerField(min_value=1, max_value=LONGEST, default=2)


class RepairInput(StrictSerializer):
    repair = serializers.ChoiceField(choices=[each.value for each in Repair])
    reason = TextField(max_length=LONGEST_REASON, required=False, allow_blank=True)


class ComparisonsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_reconciliation_list",
        parameters=[ComparisonsQuery],
        responses=OpenApiTypes.OBJECT,
        tags=["host"],
    )
    def get(self, request: Request) -> Response:
        """One row per account and day, the latest day first: whether the two books agreed, and the sums of both."""
        asked = self.query(ComparisonsQuery)
        wanted = WantedComparisons(
            state=asked.get("status", ""),
            provider=asked.get("provider", ""),
            first=asked.get("first"),
            last=asked.get("last"),
        )
        paginator = CursorPagination()
        paginator.ordering = ("-day", "provider", "account", "id")
        found = comparisons_of(actor=self.actor, company_id=asked.get("company_id"), wanted=wanted)
        page = paginator.paginate_queryset(found, request, view=self)
        whose = asked.get("company_id")
        return paginator.get_paginated_response([comparison_answer(row, whose) for row in page or []])


class DifferencesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_reconciliation_differences",
        parameters=[DifferencesQuery],
        responses=OpenApiTypes.OBJECT,
        tags=["host"],
    )
    def get(self, request: Request) -> Response:
        """What the two books say differently, with both sides and what can be done; the oldest first."""
        asked = self.query(DifferencesQuery)
        is_open = {"open": True, "settled": False, "all": None}[asked["status"]]
        paginator = CursorPagination()
        paginator.ordering = ("occurred_at", "id")
        found = differences_of(actor=self.actor, company_id=asked.get("company_id"), is_open=is_open)
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([difference_answer(row) for row in page or []])


class CompareView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_reconciliation_compare",
        request=CompareInput,
        responses={202: OpenApiTypes.OBJECT},
        tags=["host"],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Compare now. It is done in the background: the rows say how far it is."""
        wanted = self.body(CompareInput)
        rows = request_comparison(actor=self.actor, company_id=wanted["company_id"], days=wanted["days"])
        return Response({"results": [_queued_answer(row) for row in rows]}, status=202)


class RepairView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_reconciliation_repair", request=RepairInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    @idempotent(in_transaction=False)
    def post(self, request: Request, difference_id: UUID) -> Response:
        """Do one of the proposed repairs. A difference that is settled already stays as it is."""
        wanted = self.body(RepairInput)
        row = repair_difference(
            actor=self.actor,
            difference_id=difference_id,
            repair=wanted["repair"],
            reason=wanted.get("reason", ""),
        )
        return Response(difference_answer(row))


def _queued_answer(row: Comparison) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "provider": row.provider,
        "day": row.day.isoformat(),
        "status": row.state,
    }


def comparison_answer(row: Any, company_id: UUID | None) -> dict[str, Any]:
    """Of the installation's account a company is told of its own differences, not of others' money."""
    is_own = row.company_id == company_id
    state = row.state
    if not is_own and state == Comparison.State.DIFFERS and not row.open_differences:
        state = Comparison.State.AGREED
    return {
        **_queued_answer(row),
        "account": row.account if is_own else None,
        "status": state,
        "lines": row.lines if is_own else None,
        "totals": [_total(each) for each in row.totals] if is_own else [],
        "open_differences": row.open_differences,
        "error": row.error,
        "compared_until": instant(row.until),
        "finished_at": instant(row.finished_at),
    }


def _total(said: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": said["kind"],
        "theirs": Money(said["theirs"], said["currency"]).to_json(),
        "ours": Money(said["ours"], said["currency"]).to_json(),
    }


def difference_answer(row: Difference) -> dict[str, Any]:
    sides, review = sides_of(row), row.review
    is_open = review.resolved_at is None
    return {
        "id": str(row.pk),
        "provider": row.provider,
        "kind": row.kind,
        "provider_id": row.provider_id,
        "payment_id": str(row.payment_id) if row.payment_id else None,
        "theirs": sides.theirs.to_json() if sides.theirs is not None else None,
        "ours": sides.ours.to_json() if sides.ours is not None else None,
        "occurred_at": instant(row.occurred_at),
        "status": "open" if is_open else "settled",
        "proposals": [each.value for each in proposals(sides)] if is_open else [],
        "reason": row.reason,
        "resolution": review.resolution,
        "settled_at": instant(review.resolved_at),
    }


urlpatterns = [
    path("host/reconciliation/", ComparisonsView.as_view(), name="host-reconciliation"),
    path("host/reconciliation/differences/", DifferencesView.as_view(), name="host-reconciliation-differences"),
    path("host/reconciliation/compare/", CompareView.as_view(), name="host-reconciliation-compare"),
    path(
        "host/reconciliation/differences/<uuid:difference_id>/repair/",
        RepairView.as_view(),
        name="host-reconciliation-repair",
    ),
]
