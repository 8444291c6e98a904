"""Payments in the administration: all of it to be read, three things to be done.

A gateway event can be read again, a failed refund sent once more, and a review item closed with a note or, for money
that confirmed nothing, by sending it back. Everything else is written by gateways and services.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from freehold.core.actor import Actor
from freehold.core.admin import ReadOnlyAdmin
from freehold.core.errors import FreeholdError
from freehold.finance.admin import ReadOnlyInline, money
from freehold.payments.models import Charge, GatewayAccount, GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.refund_reviewed import refund_reviewed
from freehold.payments.services.replay_event import replay_event
from freehold.payments.services.resolve_review import resolve_review
from freehold.payments.services.retry_refund import retry_refund

REASON = "administration"


class ScopedInline(ReadOnlyInline):
    """Rows that belong to the one that is shown."""

    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        manager: Any = self.model._default_manager
        return manager.system(REASON) if hasattr(manager, "system") else manager.all()


class ChargeInline(ScopedInline):
    model = Charge
    fields = ("number", "charge_id", money("amount_minor"), "occurred_at", "created_at")
    readonly_fields = fields


class RefundInline(ScopedInline):
    model = Refund
    fk_name = "payment"
    fields = ("key", "state", money("amount_minor"), "reason", "provider_id", "created_at")
    readonly_fields = fields


class GatewayEventInline(ScopedInline):
    model = GatewayEvent
    fk_name = "payment"
    fields = ("type", "state", "trusted", "occurred_at", "created_at", "note")
    readonly_fields = fields


class ReviewItemInline(ScopedInline):
    model = ReviewItem
    fk_name = "payment"
    fields = ("kind", "detail", "created_at", "resolved_at", "resolution")
    readonly_fields = fields


class ServiceActions:
    """Runs a service once per chosen row, and says how it went."""

    message_user: Callable[..., None]

    def each(self, request: HttpRequest, rows: QuerySet[Any], act: Callable[[Actor, UUID], object], done: str) -> None:
        succeeded = 0
        for row_id in rows.values_list("pk", flat=True):
            try:
                act(Actor.of(request.user), row_id)
                succeeded += 1
            except FreeholdError as refusal:
                self.message_user(request, refusal.detail, messages.WARNING)
        if succeeded:
            self.message_user(request, f"{succeeded} {done}", messages.SUCCESS)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = (
        "reference",
        "provider",
        "state",
        money("amount_minor"),
        money("received_minor"),
        "attempt",
        "created_at",
        "paid_at",
    )
    list_filter = ("state", "provider")
    search_fields = ("id", "object_id", "charge_id", "folio__reference")
    list_select_related = ("folio",)
    ordering = ("-created_at",)
    inlines = (ChargeInline, RefundInline, ReviewItemInline, GatewayEventInline)
    # Not among them: the payer's address and the webhook's token, which are nobody's business here.
    fields = (
        "company",
        "reference",
        "state",
        money("amount_minor"),
        money("received_minor"),
        money("announced_minor"),
        ("provider", "account", "attempt"),
        ("object_id", "charge_id"),
        ("error_code", "error_kind"),
        ("created_at", "expires_at", "paid_at"),
        ("fetched_at", "next_fetch_at", "fetch_count"),
    )
    readonly_fields = ("reference", money("amount_minor"), money("received_minor"), money("announced_minor"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return Payment.objects.system(REASON)

    @display(description="Folio", ordering="folio__reference")
    def reference(self, payment: Payment) -> str:
        return payment.folio.reference


@admin.register(GatewayAccount)
class GatewayAccountAdmin(ReadOnlyAdmin):
    """To be read: a company's people connect and change them, after they have proved who they are."""

    list_display = ("provider", "account", "label", "company", "livemode", "is_enabled", "created_at")
    list_filter = ("provider", "livemode", "is_enabled")
    search_fields = ("account", "label", "company__name")
    list_select_related = ("company",)
    ordering = ("-created_at",)
    # Not among them: the token of its address.
    fields = ("company", ("provider", "account", "label"), ("livemode", "is_enabled"), "values", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatewayAccount]:
        return GatewayAccount.objects.system(REASON)


@admin.register(GatewayEvent)
class GatewayEventAdmin(ServiceActions, ReadOnlyAdmin):
    list_display = ("type", "provider", "object_id", "state", "trusted", "created_at", "applied_at")
    list_filter = ("state", "provider", "subject")
    search_fields = ("dedupe_key", "object_id", "our_id")
    ordering = ("-created_at",)
    exclude = ("path", "headers", "body", "addressed_to")
    readonly_fields = ("what_it_said",)
    actions = ("replay",)

    @display(description="Body")
    def what_it_said(self, event: GatewayEvent) -> str:
        return bytes(event.body).decode(errors="replace")

    @action(description="Read again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[GatewayEvent]) -> None:
        self.each(
            request, queryset, lambda actor, pk: replay_event(actor=actor, event_id=pk), "event(s) will be read again."
        )

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payments.change_gatewayevent"))


@admin.register(Refund)
class RefundAdmin(ServiceActions, ReadOnlyAdmin):
    list_display = ("key", "state", money("amount_minor"), "reason", "created_at", "succeeded_at")
    list_filter = ("state",)
    search_fields = ("key", "provider_id", "folio__reference")
    ordering = ("-created_at",)
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return Refund.objects.system(REASON)

    @action(description="Send once more", permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        self.each(
            request, queryset, lambda actor, pk: retry_refund(actor=actor, refund_id=pk), "refund(s) are on their way."
        )

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("payments.change_refund"))


class OpenFilter(admin.SimpleListFilter):
    """What still waits for somebody comes first."""

    title = "waiting"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), ("open", "Waiting"), ("resolved", "Resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
        match self.value():
            case "all":
                return queryset
            case "resolved":
                return queryset.filter(resolved_at__isnull=False)
        return queryset.filter(resolved_at=None)

    def choices(self, changelist: Any) -> Any:
        chosen = self.value() or "open"
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == chosen, "query_string": query, "display": title}


@admin.register(ReviewItem)
class ReviewItemAdmin(ServiceActions, ReadOnlyAdmin):
    """The queue. Saving an open item with a note closes it."""

    amount = staticmethod(money("amount_minor"))
    list_display = ("kind", "detail", "amount", "company", "created_at", "resolved_at")
    list_filter = (OpenFilter, "kind")
    search_fields = ("key", "detail", "payment__object_id", "payment__folio__reference")
    list_select_related = ("company",)
    ordering = ("created_at",)
    actions = ("send_back",)
    fields = (
        "kind",
        "detail",
        "amount",
        "company",
        ("payment", "refund", "event"),
        ("created_at", "resolved_at", "resolved_by"),
        "resolution",
    )

    def has_change_permission(self, request: HttpRequest, obj: ReviewItem | None = None) -> bool:
        may = request.user.has_perm("payments.change_reviewitem")
        return may and (obj is None or obj.resolved_at is None)

    readonly_fields = ("kind", "detail", "amount", "company", "payment", "refund", "event")
    readonly_fields += ("created_at", "resolved_at", "resolved_by")

    def save_model(self, request: HttpRequest, obj: ReviewItem, form: Any, change: bool) -> None:
        try:
            resolve_review(actor=Actor.of(request.user), item_id=obj.pk, resolution=form.cleaned_data["resolution"])
        except FreeholdError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)

    @action(description="Send the money back", permissions=["change"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> None:
        self.each(
            request, queryset, lambda actor, pk: refund_reviewed(actor=actor, item_id=pk), "refund(s) are on their way."
        )
