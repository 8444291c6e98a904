"""The books in the administration: to be read. What is wrong is put right by services, with entries that reverse."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from freehold.core.admin import ReadOnlyAdmin
from freehold.domain.money import Money
from freehold.finance.models import Folio, JournalEntry, Posting, Receivable

REASON = "administration"


def money(minor: str, *, currency: Callable[[Any], str] = lambda row: row.currency) -> Callable[[Any], str]:
    """A column that shows `<minor>` and the row's currency as an amount; nothing where there is none."""

    @display(description=minor.removesuffix("_minor").replace("_", " ").capitalize(), ordering=minor)
    def show(row: Any) -> str:
        amount, code = getattr(row, minor), currency(row)
        return "" if amount is None or not code else str(Money(amount, code))

    return show


def of_folio(minor: str) -> Callable[[Any], str]:
    return money(minor, currency=lambda receivable: receivable.folio.currency)


class ReadOnlyInline(TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PostingInline(ReadOnlyInline):
    model = Posting
    fields = ("account", money("amount_minor"))
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Posting]:
        return Posting.objects.select_related("account")


class ReceivableInline(ReadOnlyInline):
    model = Receivable
    fields = (
        "kind",
        "label",
        of_folio("amount_minor"),
        of_folio("settled_minor"),
        of_folio("written_off_minor"),
        "due_at",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Receivable]:
        return Receivable.objects.system(REASON).select_related("folio")


class JournalEntryInline(ReadOnlyInline):
    model = JournalEntry
    show_change_link = True
    fields = ("kind", "key", "memo", "occurred_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return JournalEntry.objects.system(REASON).order_by("created_at", "id")


@admin.register(Folio)
class FolioAdmin(ReadOnlyAdmin):
    list_display = ("reference", "kind", "currency", "company", "created_at")
    list_filter = ("kind", "currency")
    list_select_related = ("company",)
    search_fields = ("reference",)
    ordering = ("-created_at",)
    inlines = (ReceivableInline, JournalEntryInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Folio]:
        return Folio.objects.system(REASON)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("occurred_at", "kind", "folio", "memo", "key", "company")
    list_filter = ("kind",)
    list_select_related = ("folio", "company")
    search_fields = ("key", "memo", "folio__reference")
    date_hierarchy = "occurred_at"
    ordering = ("-occurred_at", "-id")
    inlines = (PostingInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JournalEntry]:
        return JournalEntry.objects.system(REASON)
