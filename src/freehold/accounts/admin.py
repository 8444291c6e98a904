"""People in the administration."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as FrameworkUserAdmin
from django.contrib.auth.models import Group
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from freehold.accounts.models import User

admin.site.unregister(Group)
admin.site.unregister(Authenticator)


class EmailAddressInline(TabularInline):
    model = EmailAddress
    extra = 0
    fields = ("email", "verified", "primary")
    readonly_fields = ("email",)

    def has_add_permission(self, *_args: Any) -> bool:
        return False


@admin.register(User)
class UserAdmin(FrameworkUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Accounts. New people register themselves; here they are found, helped and closed."""

    form = UserChangeForm
    change_password_form = AdminPasswordChangeForm
    inlines = (EmailAddressInline,)
    ordering = ("-created_at",)
    list_display = ("email", "username", "phone", "first_name", "last_name", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser", "is_demo")
    search_fields = ("email", "username", "phone", "first_name", "last_name")
    readonly_fields = ("id", "phone_verified_at", "last_login", "created_at", "updated_at", "is_demo")
    filter_horizontal = ("user_permissions",)
    fieldsets = (
        (None, {"fields": ("id", "email", "username", "phone", "phone_verified_at", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "language", "time_zone")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "user_permissions", "is_demo")}),
        ("Dates", {"fields": ("last_login", "created_at", "updated_at")}),
    )

    def has_add_permission(self, request: Any) -> bool:
        return False

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        if "phone" in form.changed_data:
            # Written down by staff, proved by nobody.
            obj.phone_verified_at = None
        super().save_model(request, obj, form, change)


@admin.register(Authenticator)
class AuthenticatorAdmin(ModelAdmin):
    """Second factors: to be taken away from somebody who has lost all of them, never to be made or read."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email", "user__username", "user__phone")
    fields = ("user", "type", "created_at", "last_used_at")
    readonly_fields = fields

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False
