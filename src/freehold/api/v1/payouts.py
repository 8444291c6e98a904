"""Payments out: payouts to owners and bills. One person makes them, another one approves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.step_up import require_step_up
from freehold.api.idempotency import idempotent
from freehold.api.pagination import CursorPagination
from freehold.api.permissions import SignedIn
from freehold.api.serializers import MoneyField, StrictDateField, StrictIntegerField, StrictSerializer, TextField
from freehold.api.v1.booking_answers import instant
from freehold.api.views import Endpoint, caller_of
from freehold.core.errors import NotFound
from freehold.domain.outgoing_states import OutgoingState
from freehold.finance.outgoings import WantedOutgoings, amount_of, find_outgoing, outgoings_of
from freehold.finance.services.decide_outgoing import approve_outgoing, cancel_outgoing, reject_outgoing
from freehold.finance.services.draft_outgoing import draft_outgoing, edit_outgoing, repeat_outgoing
from freehold.finance.services.submit_outgoing import submit_outgoing
from freehold.payments.services.begin_transfer import send_again
from freehold.payments.services.decide_transfer import Outcome, decide_transfer, record_payout_by_hand
from freehold.payments.transfers import transfer_of

if TYPE_CHECKING:
    from freehold.finance.models import Outgoing

MOST_VERSIONS = 1_000_000
NEED_PROOF = frozenset({"approve", "decide"})


class OutgoingsQuery(StrictSerializer):
    company_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[state.value for state in OutgoingState], required=False)
    payee_id = serializers.UUIDField(required=False)
    due_from = StrictDateField(required=False)
    due_until = StrictDateField(required=False)
    q = TextField(max_length=100, required=False)
    cursor = TextField(max_length=300, required=False)
    page_size = serializers.CharField(required=False)


class OutgoingInput(StrictSerializer):
    company_id = serializers.UUIDField()
    destination_id = serializers.UUIDField(help_text="One of the payee's places.")
    amount = MoneyField()
    description = TextField(max_length=140)
    category = TextField(max_length=60, required=False, allow_blank=True)
    document = TextField(max_length=120, required=False, allow_blank=True, help_text="The bill's number, say.")
    due_on = StrictDateField(required=False, allow_null=True)


class OutgoingChange(StrictSerializer):
    version = StrictIntegerField(min_value=1, max_value=MOST_VERSIONS)
    destination_id = serializers.UUIDField(required=False)
    amount = MoneyField(required=False)
    description = TextField(max_length=140, required=False)
    category = TextField(max_length=60, required=False, allow_blank=True)
    document = TextField(max_length=120, required=False, allow_blank=True)
    due_on = StrictDateField(required=False, allow_null=True)


class Nothing(StrictSerializer):
    pass


class ApproveInput(StrictSerializer):
    version = StrictIntegerField(min_value=1, max_value=MOST_VERSIONS, help_text="That of what the person has seen.")


class RejectInput(StrictSerializer):
    note = TextField(max_length=300)


class CancelInput(StrictSerializer):
    note = TextField(max_length=300, required=False, allow_blank=True)


class RepeatInput(StrictSerializer):
    destination_id = serializers.UUIDField(required=False)


class ReceiptInput(StrictSerializer):
    receipt = TextField(max_length=120, help_text="How it can be found again.")


class DecideInput(StrictSerializer):
    outcome = serializers.ChoiceField(choices=[each.value for each in Outcome])
    note = TextField(max_length=120)


class OfKind(Endpoint):
    """The same addresses for payouts and for expenses."""

    permission_classes = [SignedIn]
    kind: ClassVar[str] = "payout"


class OutgoingsView(OfKind):
    @extend_schema(parameters=[OutgoingsQuery], responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request) -> Response:
        """The latest first."""
        given = self.query(OutgoingsQuery)
        wanted = WantedOutgoings(
            state=given.get("status", ""),
            payee_id=given.get("payee_id"),
            first=given.get("due_from"),
            last=given.get("due_until"),
            words=given.get("q", ""),
        )
        paginator = CursorPagination()
        paginator.ordering = ("-created_at", "-id")
        found = outgoings_of(actor=self.actor, company_id=given["company_id"], kind=self.kind, wanted=wanted)
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response([outgoing_answer(each) for each in page or []])

    @extend_schema(request=OutgoingInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"])
    @idempotent()
    def post(self, request: Request) -> Response:
        """A draft: nothing is asked of anybody yet."""
        made = draft_outgoing(actor=self.actor, kind=self.kind, **self.body(OutgoingInput))
        return Response(outgoing_answer(made), status=201)


class OutgoingView(OfKind):
    @extend_schema(responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, outgoing_id: UUID) -> Response:
        """With what became of it at the provider."""
        found = find_outgoing(actor=self.actor, outgoing_id=outgoing_id, kind=self.kind)
        return Response({**outgoing_answer(found), "transfer": _transfer(found)})

    @extend_schema(request=OutgoingChange, responses=OpenApiTypes.OBJECT, tags=["host"])
    def patch(self, request: Request, outgoing_id: UUID) -> Response:
        """Change it. What was submitted is a draft again, and who has changed it will not approve it."""
        find_outgoing(actor=self.actor, outgoing_id=outgoing_id, kind=self.kind)
        changed = edit_outgoing(actor=self.actor, outgoing_id=outgoing_id, **self.body(OutgoingChange))
        return Response(outgoing_answer(changed))


STEPS: dict[str, tuple[type[StrictSerializer], Callable[..., Outgoing]]] = {
    "submit": (Nothing, submit_outgoing),
    "approve": (ApproveInput, approve_outgoing),
    "reject": (RejectInput, reject_outgoing),
    "cancel": (CancelInput, cancel_outgoing),
    "repeat": (RepeatInput, repeat_outgoing),
    "send": (Nothing, send_again),
    "by-hand": (ReceiptInput, record_payout_by_hand),
    "decide": (DecideInput, lambda outcome, **given: decide_transfer(outcome=Outcome(outcome), **given)),
}


class OutgoingStepView(OfKind):
    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT, tags=["host"])
    @idempotent()
    def post(self, request: Request, outgoing_id: UUID, step: str) -> Response:
        """`submit`; `approve` {version} and `reject` {note} by somebody who had no hand in it; `cancel` until it is
        sent; `repeat` what failed or came back; `send` what waits for an account; `by-hand` {receipt} for cash and
        transfers; `decide` {outcome, note} where the provider does not answer.

        `approve` and `decide` need a fresh proof of who is calling (403 `reauthentication_required`).
        """
        if step not in STEPS:
            raise NotFound
        if step in NEED_PROOF:
            caller = caller_of(request)
            require_step_up(user=caller.user, session=caller.session())
        find_outgoing(actor=self.actor, outgoing_id=outgoing_id, kind=self.kind)
        shape, act = STEPS[step]
        done = act(actor=self.actor, outgoing_id=outgoing_id, **self.body(shape))
        return Response(outgoing_answer(done), status=201 if step == "repeat" else 200)


def _transfer(outgoing: Outgoing) -> dict[str, Any] | None:
    transfer = transfer_of(outgoing.pk)
    if transfer is None:
        return None
    return {
        "status": transfer.state,
        "provider": transfer.provider,
        "provider_id": transfer.provider_id,
        "receipt": transfer.receipt,
        "error_code": transfer.error_code,
        "called_at": instant(transfer.called_at),
        "paid_at": instant(transfer.paid_at),
        "questions": [item.kind for item in transfer.review_items.all() if item.resolved_at is None],
    }


def outgoing_answer(row: Outgoing) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "company_id": str(row.company_id),
        "kind": row.kind,
        "reference": row.reference,
        "payee": {"id": str(row.payee_id), "name": row.payee.name, "kind": row.payee.kind},
        "destination": {
            "id": str(row.destination_id),
            "provider": row.destination.provider,
            "hint": row.destination.hint,
            "is_confirmed": row.destination.confirmed_at is not None,
        },
        "amount": amount_of(row).to_json(),
        "description": row.description,
        "category": row.category,
        "document": row.document,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "status": row.state,
        "version": row.version,
        "note": row.note,
        "error_code": row.error_code,
        "created_at": instant(row.created_at),
        "submitted_at": instant(row.submitted_at),
        "approved_at": instant(row.approved_at),
        "paid_at": instant(row.paid_at),
        "replaces": str(row.replaces_id) if row.replaces_id else None,
    }


def _addresses(name: str, kind: str) -> list[Any]:
    one = f"host/{name}s/<uuid:outgoing_id>/"
    many = _of(OutgoingsView, kind, get=f"host_{name}s_list", post=f"host_{name}s_create")
    single = _of(OutgoingView, kind, get=f"host_{name}s_read", patch=f"host_{name}s_change")
    step = _of(OutgoingStepView, kind, post=f"host_{name}s_step")
    return [
        path(f"host/{name}s/", many.as_view(), name=f"host-{name}s"),
        path(one, single.as_view(), name=f"host-{name}"),
        path(f"{one}<slug:step>/", step.as_view(), name=f"host-{name}-step"),
    ]


def _of(view: type[OfKind], kind: str, **operations: str) -> type[OfKind]:
    """The view for one kind; `operations` names its methods in the manual."""
    named = {method: extend_schema(operation_id=name) for method, name in operations.items()}
    return extend_schema_view(**named)(type(f"{kind.title()}{view.__name__}", (view,), {"kind": kind}))


urlpatterns = [*_addresses("payout", "payout"), *_addresses("expense", "expense")]
