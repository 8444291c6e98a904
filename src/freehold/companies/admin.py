"""Companies and their people in the administration, which sees all companies."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from freehold.companies.models import ApiKey, Company, Invitation, Membership
from freehold.core.admin import ReadOnlyAdmin


@admin.register(Company)
class CompanyAdmin(ModelAdmin):
    list_display = ("name", "slug", "currency", "time_zone", "is_active", "created_at")
    list_filter = ("is_active", "currency")
    search_fields = ("name", "slug", "email")
    readonly_fields = ("id", "created_at", "updated_at")


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    """Read only: members come and go through the services, which keep the last administrator."""

    list_display = ("user", "company", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "company")
    search_fields = ("user__email", "company__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.objects.system("administration")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Who was asked to work where. Made and revoked by the company's own people."""

    list_display = ("email", "company", "role", "invited_by", "sent_at", "expires_at", "accepted_at", "revoked_at")
    list_select_related = ("company", "invited_by")
    search_fields = ("email", "company__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return Invitation.objects.system("administration")


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Which servers have a way in. Made and revoked by the company's own people."""

    list_display = ("name", "prefix", "company", "created_by", "created_at", "expires_at", "revoked_at")
    list_select_related = ("company", "created_by")
    search_fields = ("name", "prefix", "company__name")
    exclude = ("secret_hash",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return ApiKey.objects.system("administration")
