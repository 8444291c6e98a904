"""The machinery in the administration: undeliverable messages, workers, remembered answers."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action

from freehold.core import outbox
from freehold.core.models import IdempotencyKey, OutboxMessage, WorkerHeartbeat


class ReadOnlyAdmin(ModelAdmin):
    """What processes write, people only read."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OutboxStateFilter(admin.SimpleListFilter):
    """Dead letters first: they are what a person must look at."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), *((state.value, state.label) for state in OutboxMessage.State)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        state = self.value() or OutboxMessage.State.DEAD
        return queryset if state == "all" else queryset.filter(state=state)

    def choices(self, changelist: Any) -> Any:
        chosen = self.value() or OutboxMessage.State.DEAD
        for value, title in self.lookup_choices:
            yield {
                "selected": value == chosen,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """Messages on their way; by default those that were given up."""

    list_display = ("event", "handler", "state", "attempts", "created_at", "available_at", "delivered_at")
    list_filter = (OutboxStateFilter, "event")
    search_fields = ("event", "handler", "last_error")
    ordering = ("-created_at",)
    actions = ("revive",)

    @action(description="Try again", permissions=["revive"])
    def revive(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> None:
        dead = list(queryset.filter(state=OutboxMessage.State.DEAD))
        for message in dead:
            outbox.revive(message)
        self.message_user(request, f"{len(dead)} message(s) will be tried again.", messages.SUCCESS)

    def has_revive_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("core.change_outboxmessage"))


@admin.register(WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("worker_id", "started_at", "beat_at")
    ordering = ("-beat_at",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("caller", "key", "status", "created_at")
    search_fields = ("caller", "key")
    ordering = ("-created_at",)
