"""People in the administration."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as FrameworkUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from freehold.accounts.impersonating import SESSION_KEY
from freehold.accounts.models import DataExport, Impersonation, User
from freehold.accounts.services.end_impersonation import end_impersonation
from freehold.accounts.services.start_impersonation import MAX_MINUTES, USUAL_MINUTES, start_impersonation
from freehold.accounts.step_up import has_stepped_up
from freehold.core.actor import Actor
from freehold.core.admin import ReadOnlyAdmin
from freehold.core.errors import FreeholdError

admin.site.unregister(Group)
# Providers are set up in the environment; whose account they open is for the person to say.
for model in (Authenticator, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(model)


class ImpersonationForm(forms.Form):
    reason = forms.CharField(max_length=300, widget=UnfoldAdminTextareaWidget, help_text="The person may ask.")
    minutes = forms.IntegerField(
        min_value=1, max_value=MAX_MINUTES, initial=USUAL_MINUTES, widget=UnfoldAdminIntegerFieldWidget
    )


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
        ("Dates", {"fields": ("last_login", "created_at", "updated_at", "closed_at", "erased_at", "merged_into")}),
    )

    actions_detail = ("act_as",)

    def has_add_permission(self, request: Any) -> bool:
        return False

    @action(description="Act as this person", url_path="act-as", permissions=["act_as"])
    def act_as(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks why and for how long, and for a fresh proof; then the site is seen as that person sees it."""
        person = self.get_object(request, object_id)
        if person is None:
            raise Http404
        form = ImpersonationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            if not has_stepped_up(user=request.user, session=request.session):
                # The account library keeps the request, asks, and comes back with it.
                raise ReauthenticationRequired
            try:
                started = start_impersonation(actor=Actor.of(request.user), user_id=person.pk, **form.cleaned_data)
            except FreeholdError as refusal:
                form.add_error(None, refusal.detail)
            else:
                request.session[SESSION_KEY] = str(started.pk)
                return redirect("site:home")
        context = {**self.admin_site.each_context(request), "form": form, "person": person, "title": f"Act as {person}"}
        return render(request, "admin/accounts/act_as.html", context)

    def has_act_as_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def get_readonly_fields(self, request: Any, obj: User | None = None) -> Any:
        fields = (*super().get_readonly_fields(request, obj), "closed_at", "erased_at", "merged_into")
        # Nobody is there to whom it could be opened again.
        is_gone = obj is not None and (obj.erased_at is not None or obj.merged_into_id is not None)
        return (*fields, "is_active") if is_gone else fields

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        if "phone" in form.changed_data:
            # Written down by staff, proved by nobody.
            obj.phone_verified_at = None
        if obj.is_active:
            obj.closed_at = None
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


@admin.register(Impersonation)
class ImpersonationAdmin(ReadOnlyAdmin):
    """Who acted as whom, and why."""

    list_display = ("admin", "user", "reason", "started_at", "ends_at", "ended_at")
    list_select_related = ("admin", "user")
    search_fields = ("admin__email", "user__email", "reason")
    ordering = ("-started_at",)
    actions = ("end",)

    @action(description="End now", permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[Impersonation]) -> None:
        for impersonation in queryset:
            end_impersonation(actor=Actor.of(request.user), impersonation_id=impersonation.pk)
        self.message_user(request, "What was still going on is over.")

    def has_end_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    """Who took personal data out, when, and how much."""

    list_display = ("created_at", "kind", "user", "impersonator", "company_id", "row_count")
    list_select_related = ("user", "impersonator")
    list_filter = ("kind",)
    search_fields = ("user__email", "company_id")
    ordering = ("-created_at",)
