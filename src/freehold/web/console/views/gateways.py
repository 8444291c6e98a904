"""The company's own accounts at payment providers: connect one, change its keys, switch it off.

Keys are typed on pages that ask for a fresh proof before they show: a form that has to wait for one would be kept in
the session, keys and all.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.core.outside import any_connector, connectors, credit_sources
from freehold.payments.accounts import notify_url
from freehold.payments.models import GatewayAccount
from freehold.payments.selectors import accounts_of
from freehold.payments.services.change_account import change_account
from freehold.payments.services.connect_account import connect_account
from freehold.payments.services.rotate_account_secret import rotate_account_secret
from freehold.web.console.forms_gateway import AccountForm, SecretForm
from freehold.web.console.frame import Desk, console_page
from freehold.web.console.present.gateways import Account, Provider
from freehold.web.console.proof import ask_again, is_proved, with_proof
from freehold.web.ui.pages import step_up


@require_GET
@console_page
def gateways(request: HttpRequest, desk: Desk) -> HttpResponse:
    found = accounts_of(actor=desk.actor, company_id=desk.company.company_id)
    context = {
        "desk": desk,
        "accounts": [Account.of(row) for row in found],
        "providers": [Provider.of(slug) for slug in (*connectors(), *credit_sources())],
    }
    return render(request, "console/gateways.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def connect(request: HttpRequest, desk: Desk, provider: str) -> HttpResponse:
    # Whether somebody may connect accounts is asked first, whatever they send.
    accounts_of(actor=desk.actor, company_id=desk.company.company_id)
    if provider not in {*connectors(), *credit_sources()}:
        raise NotFound
    return with_proof(request, lambda: _connect(request, desk, provider))


@step_up
def _connect(request: HttpRequest, desk: Desk, provider: str) -> HttpResponse:
    connector, _address = any_connector(provider)
    form = AccountForm(request.POST if request.method == "POST" else None, connector=connector)
    if request.method == "POST" and form.is_valid():
        try:
            row = connect_account(
                actor=desk.actor,
                company_id=desk.company.company_id,
                provider=provider,
                account=form.cleaned_data["account"],
                label=form.cleaned_data["label"],
                livemode=form.livemode,
                values=form.values,
            )
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("Connected. Now enter the address below in the provider’s dashboard."))
            return redirect("console:gateway", row.pk)
    context = {"desk": desk, "provider": Provider.of(provider), "form": form}
    return render(request, "console/gateway_new.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@console_page
def gateway(request: HttpRequest, desk: Desk, account_id: UUID) -> HttpResponse:
    row = _own(desk, account_id)
    return with_proof(request, lambda: _change(request, desk, row))


@step_up
def _change(request: HttpRequest, desk: Desk, row: GatewayAccount) -> HttpResponse:
    connector, _address = any_connector(row.provider)
    form = AccountForm(request.POST if request.method == "POST" else None, connector=connector, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_account(actor=desk.actor, account_id=row.pk, label=form.cleaned_data["label"], values=form.values)
        except (BadInput, Conflict) as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, gettext("Changed."))
            return redirect("console:gateway", row.pk)
    return _shown(request, desk, row, form=form, status=422 if form.is_bound else 200)


@require_POST
@console_page
def rotate(request: HttpRequest, desk: Desk, account_id: UUID, name: str) -> HttpResponse:
    row = _own(desk, account_id)
    if not is_proved(request):
        return ask_again(request, redirect("console:gateway", row.pk))
    form = SecretForm(request.POST)
    if form.is_valid():
        try:
            rotate_account_secret(actor=desk.actor, account_id=row.pk, name=name, secret=form.cleaned_data["secret"])
        except (BadInput, Conflict) as refusal:
            form.add_error("secret", refusal.detail)
        else:
            messages.success(request, gettext("Replaced. The old secret counts for four more days."))
            return redirect("console:gateway", row.pk)
    connector, _address = any_connector(row.provider)
    unbound = AccountForm(connector=connector, row=row)
    return _shown(request, desk, row, form=unbound, rotating={name: form}, status=422)


@require_POST
@console_page
def switch(request: HttpRequest, desk: Desk, account_id: UUID) -> HttpResponse:
    row = _own(desk, account_id)
    return _switch(request, desk, row)


@step_up
def _switch(request: HttpRequest, desk: Desk, row: GatewayAccount) -> HttpResponse:
    is_enabled = request.POST.get("is_enabled") == "yes"
    try:
        change_account(actor=desk.actor, account_id=row.pk, is_enabled=is_enabled)
    except Conflict as refusal:
        messages.error(request, refusal.detail)
    else:
        done = gettext("Switched on.") if is_enabled else gettext("Switched off: it takes no new payments.")
        messages.success(request, done)
    return redirect("console:gateways")


def _own(desk: Desk, account_id: UUID) -> GatewayAccount:
    """Of the company that is looked at. Raises NotFound, AccessDenied."""
    row = accounts_of(actor=desk.actor, company_id=desk.company.company_id).filter(pk=account_id).first()
    if row is None:
        raise NotFound
    return row


def _shown(
    request: HttpRequest,
    desk: Desk,
    row: GatewayAccount,
    *,
    form: AccountForm,
    rotating: dict[str, SecretForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    connector, _address = any_connector(row.provider)
    secrets: list[tuple[Any, SecretForm]] = [
        (field, (rotating or {}).get(field.name) or SecretForm(auto_id=f"id_{field.name}_%s"))
        for field in connector.fields
        if field.rotates
    ]
    context = {
        "desk": desk,
        "account": Account.of(row),
        "address": notify_url(row.provider, row.endpoint_token),
        "form": form,
        "secrets": secrets,
    }
    return render(request, "console/gateway.html", context, status=status)
