"""Signing in or up by phone, and changing one's number: first the number, then the code that was sent to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from freehold.accounts.phone_codes import is_offered
from freehold.accounts.phones import phone_for_people
from freehold.accounts.services.change_phone import PhoneTaken, change_phone
from freehold.accounts.services.merge_accounts import merge_accounts
from freehold.accounts.services.request_code import request_change_code, request_sign_in_code
from freehold.accounts.services.sign_in_by_code import sign_in_browser_by_code
from freehold.accounts.sms_budget import COOL_DOWN
from freehold.core import clock
from freehold.core.addresses import counted_ip
from freehold.core.errors import BadInput, Conflict, FreeholdError, NotFound
from freehold.web.site.phone_forms import CodeForm, PhoneForm
from freehold.web.ui.pages import actor_of, guest_page, open_page, step_up

_SESSION = "phone_code"


@dataclass(frozen=True, slots=True)
class Asked:
    """A code that this browser asked for; kept in its session. `sent_at` in seconds since 1970."""

    phone: str
    sent_at: float
    is_change: bool
    following: str

    @property
    def resend_in(self) -> int:
        """Whole seconds until another one may be asked for."""
        return max(0, round(self.sent_at + COOL_DOWN.seconds - clock.now().timestamp()))

    @classmethod
    def of(cls, request: HttpRequest, *, is_change: bool) -> Asked | None:
        kept = request.session.get(_SESSION)
        asked = cls(**kept) if kept else None
        return asked if asked is not None and asked.is_change == is_change else None


@require_http_methods(["GET", "POST"])
@never_cache
@open_page
def sign_in(request: HttpRequest) -> HttpResponse:
    """Asks for the number. The same page for people who are new and people who are not."""
    _require_codes()
    if request.user.is_authenticated:
        return redirect(get_login_redirect_url(request))
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        following = get_next_redirect_url(request) or ""
        if problem := _send(request, form, request_sign_in_code, following=following):
            return _page(request, "site/phone.html", form, problem)
        return redirect("phone_code")
    return _page(request, "site/phone.html", form)


@require_http_methods(["GET", "POST"])
@never_cache
@open_page
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Asks for the code. What follows after it is allauth's: a second factor, or where the visitor was going."""
    if request.user.is_authenticated:
        return redirect(get_login_redirect_url(request))
    asked = Asked.of(request, is_change=False)
    if asked is None:
        return redirect("phone_sign_in")
    if "resend" in request.POST:
        return _resend(request, asked, request_sign_in_code)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            response = sign_in_browser_by_code(
                request=request,
                phone=asked.phone,
                code=form.cleaned_data["code"],
                address=counted_ip(request),
                redirect_url=asked.following or None,
            )
        except FreeholdError as problem:
            return _code_page(request, asked, form, problem)
        request.session.pop(_SESSION, None)
        return response
    return _code_page(request, asked, form)


@require_http_methods(["GET", "POST"])
@guest_page
def change(request: HttpRequest) -> HttpResponse:
    """Asks for a number that is to be one's own, and before it is used for a fresh proof of who is asking."""
    _require_codes()
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _ask_for_change(request, form)
    return _page(request, "site/phone_change.html", form)


@step_up
def _ask_for_change(request: HttpRequest, form: forms.Form) -> HttpResponse:
    if problem := _send(request, form, _change_code_for(request)):
        return _page(request, "site/phone_change.html", form, problem)
    return redirect("phone_change_code")


@require_http_methods(["GET", "POST"])
@guest_page
def change_code(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(request, is_change=True)
    if asked is None:
        return redirect("phone_change")
    if "resend" in request.POST:
        return _resend(request, asked, _change_code_for(request))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change_phone(actor=actor_of(request), phone=asked.phone, code=form.cleaned_data["code"])
        except PhoneTaken:
            facts = {"code": form.cleaned_data["code"], "phone": phone_for_people(asked.phone)}
            return _page(request, "site/phone_join.html", form, **facts)
        except FreeholdError as problem:
            return _code_page(request, asked, form, problem)
        request.session.pop(_SESSION, None)
        messages.success(request, gettext("Your phone number is proved. You can sign in with it."))
        return redirect("phone_change")
    return _code_page(request, asked, form)


@require_POST
@guest_page
@step_up
def join(request: HttpRequest) -> HttpResponse:
    """The number, which was just proved, signs in another account: everything of that one comes here."""
    asked = Asked.of(request, is_change=True)
    if asked is None:
        return redirect("phone_change")
    try:
        merge_accounts(actor=actor_of(request), phone=asked.phone, code=request.POST.get("code", ""))
    except (BadInput, Conflict) as problem:
        messages.error(request, problem.detail)
    else:
        request.session.pop(_SESSION, None)
        messages.success(request, gettext("The two accounts are one now. You will find all trips here."))
    return redirect("phone_change")


# --- the two steps, whatever they are for ---

type Sender = Callable[..., str]


def _send(request: HttpRequest, form: forms.Form, sender: Sender, *, following: str = "") -> FreeholdError | None:
    """Has a code sent to the number of the form. Returns what is wrong, if anything is."""
    try:
        phone = sender(phone=form.cleaned_data["phone"], address=counted_ip(request))
    except FreeholdError as problem:
        return problem
    _remember(request, phone, is_change=request.user.is_authenticated, following=following)
    return None


def _resend(request: HttpRequest, asked: Asked, sender: Sender) -> HttpResponse:
    try:
        sender(phone=asked.phone, address=counted_ip(request))
    except FreeholdError as problem:
        return _code_page(request, asked, CodeForm(), problem)
    _remember(request, asked.phone, is_change=asked.is_change, following=asked.following)
    messages.info(request, gettext("Another code is on its way. The one before does not work any more."))
    return redirect(request.path)


def _remember(request: HttpRequest, phone: str, *, is_change: bool, following: str) -> None:
    request.session[_SESSION] = asdict(Asked(phone, clock.now().timestamp(), is_change, following))


def _change_code_for(request: HttpRequest) -> Sender:
    def send(**facts: Any) -> str:
        return request_change_code(actor=actor_of(request), **facts)

    return send


def _code_page(
    request: HttpRequest, asked: Asked, form: forms.Form, problem: FreeholdError | None = None
) -> HttpResponse:
    template = "site/phone_change_code.html" if asked.is_change else "site/phone_code.html"
    return _page(request, template, form, problem, asked=asked, phone=phone_for_people(asked.phone))


def _page(
    request: HttpRequest, template: str, form: forms.Form, problem: FreeholdError | None = None, **facts: Any
) -> HttpResponse:
    """A refusal stands beside the field, or above a form that was not sent; "too often" keeps its status."""
    if problem is not None and form.is_bound:
        form.add_error(next(iter(form.fields)), problem.detail)
    response = render(
        request,
        template,
        {
            "form": form,
            "problem": problem.detail if problem is not None and not form.is_bound else "",
            "following": get_next_redirect_url(request) or "",
            **facts,
        },
        status=429 if problem is not None and problem.status == 429 else 200,
    )
    if (seconds := getattr(problem, "retry_after", None)) is not None:
        response["Retry-After"] = str(seconds)
    return response


def _require_codes() -> None:
    if not is_offered():
        raise NotFound
