"""What a person says of themself, and what they may do with what is kept about them."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from django import forms
from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freehold.accounts.models import Gender, User
from freehold.accounts.services.close_account import close_account
from freehold.accounts.services.erase_account import erase_account
from freehold.accounts.services.set_avatar import remove_avatar, set_avatar
from freehold.accounts.services.update_profile import EDITABLE, update_profile
from freehold.core.errors import BadInput, Conflict
from freehold.reports.personal_data import personal_data_of
from freehold.web.site.forms import DateInput
from freehold.web.ui.pages import actor_of, guest_page, step_up


class ProfileForm(forms.Form):
    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    date_of_birth = forms.DateField(label=_("Date of birth"), required=False, widget=DateInput())
    gender = forms.ChoiceField(
        label=_("Gender"), required=False, choices=[("", _("I would rather not say")), *Gender.choices]
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=64, required=False, help_text=_("A name like Europe/Paris.")
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("JPEG, PNG or WebP. Its middle becomes a square."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def profile(request: HttpRequest) -> HttpResponse:
    person = User.objects.get(pk=request.user.pk)
    form = _form(request, person)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        messages.success(request, gettext("Your profile is saved."))
        return redirect("site:profile")
    return render(request, "site/profile.html", {"form": form, "person": person})


def _form(request: HttpRequest, person: User) -> ProfileForm:
    if request.method == "POST":
        return ProfileForm(request.POST, request.FILES)
    return ProfileForm(initial=model_to_dict(person, EDITABLE))


def _save(request: HttpRequest, form: ProfileForm) -> bool:
    """Whether everything was taken; what was not is written into the form."""
    facts = {name: value for name, value in form.cleaned_data.items() if name != "picture"}
    try:
        with transaction.atomic():
            update_profile(actor=actor_of(request), changes=facts)
            if form.cleaned_data["picture"] is not None:
                set_avatar(actor=actor_of(request), upload=form.cleaned_data["picture"])
            elif request.POST.get("remove_picture"):
                remove_avatar(actor=actor_of(request))
    except BadInput as refusal:
        for item in refusal.errors:
            form.add_error("picture" if item.attr == "file" else item.attr, item.detail)
        return False
    return True


@require_safe
@guest_page
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "site/privacy.html")


@require_safe
@guest_page
def export(request: HttpRequest) -> HttpResponse:
    content = orjson.dumps(personal_data_of(actor=actor_of(request)), option=orjson.OPT_INDENT_2)
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@require_POST
@guest_page
@step_up
def close(request: HttpRequest) -> HttpResponse:
    return _leave(request, close_account, gettext("Your account is closed. Goodbye."))


@require_POST
@guest_page
@step_up
def erase(request: HttpRequest) -> HttpResponse:
    return _leave(request, erase_account, gettext("You are forgotten here. Goodbye."))


def _leave(request: HttpRequest, service: Callable[..., None], goodbye: str) -> HttpResponse:
    try:
        service(actor=actor_of(request))
    except Conflict as refusal:
        messages.error(request, refusal.detail)
        return redirect("site:privacy")
    logout(request)
    messages.success(request, goodbye)
    return redirect("site:home")
