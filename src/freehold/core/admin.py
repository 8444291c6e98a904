"""The machinery in the administration: undeliverable messages, workers, remembered answers."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action

from freehold.core import blocks, outbox
from freehold.core.actor import Actor
from freehold.core.addresses import client_ip
from freehold.core.errors import BadInput
from freehold.core.models import IdempotencyKey, IpBlock, OutboxMessage, WorkerHeartbeat


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


class IpBlockForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What `block_network` takes; a new block of a network that is there already replaces it."""

    duration = forms.CharField(initial="1d", max_length=6, help_text="30m, 12h, 2d or 1w.")

    class Meta:
        model = IpBlock
        fields = ("network", "reason")
        help_texts = {"network": "192.0.2.7, 192.0.2.0/24 or 2001:db8::/48."}

    def validate_unique(self) -> None:
        """Blocking again sets a new end."""

    def clean_duration(self) -> Any:
        try:
            return blocks.parse_duration(self.cleaned_data["duration"])
        except BadInput as refusal:
            raise forms.ValidationError(refusal.detail) from None


@admin.register(IpBlock)
class IpBlockAdmin(ModelAdmin):
    """Who gets no answer, and until when."""

    form = IpBlockForm
    list_display = ("network", "reason", "expires_at", "created_by", "created_at")
    search_fields = ("network", "reason")
    ordering = ("-expires_at",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        form = super().get_form(request, obj, **options)
        own = client_ip(request)

        class Checked(form):  # type: ignore[misc, valid-type]
            def clean(self) -> Any:
                given = super().clean()
                if "network" in given and "duration" in given:
                    try:
                        blocks.checked_network(given["network"], given["duration"], own=own)
                    except BadInput as refusal:
                        self.add_error(refusal.errors[0].attr, refusal.detail)
                return given

        return Checked

    def save_model(self, request: HttpRequest, obj: IpBlock, form: Any, change: bool) -> None:
        given = form.cleaned_data
        saved = blocks.block_network(
            actor=Actor.of(request.user),
            network=given["network"],
            duration=given["duration"],
            reason=given["reason"],
            own=client_ip(request),
        )
        obj.pk, obj.network, obj.expires_at = saved.pk, saved.network, saved.expires_at

    def delete_model(self, request: HttpRequest, obj: IpBlock) -> None:
        blocks.unblock_network(actor=Actor.of(request.user), network=obj.network)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[IpBlock]) -> None:
        for block in queryset:
            self.delete_model(request, block)
