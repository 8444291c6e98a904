"""Around every page of the console: who may see it, for which company, and the menu that the role makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Concatenate
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from freehold.bookings.desk import busiest_company
from freehold.companies.selectors import memberships_of
from freehold.companies.types import MembershipView
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, NotFound
from freehold.web.ui.pages import error_page, guest_page

CHOSEN = "console_company"


@dataclass(frozen=True, slots=True)
class MenuItem:
    label: str
    route: str
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose desk this is: the person, the company that is looked at, and all that could be."""

    actor: Actor
    company: MembershipView
    companies: list[MembershipView]

    def may(self, permission: str) -> bool:
        return permission in self.company.permissions

    @property
    def menu(self) -> list[MenuItem]:
        """From the permissions of the role, so that console and API never disagree."""
        items = [
            ("bookings.view", MenuItem(gettext("Today"), "console:today", "calendar-check")),
            ("bookings.view", MenuItem(gettext("Bookings"), "console:bookings", "list")),
            ("companies.members", MenuItem(gettext("People"), "console:people", "users")),
            ("payments.view", MenuItem(gettext("Money"), "console:payments", "receipt")),
            ("companies.gateways", MenuItem(gettext("Payment accounts"), "console:gateways", "credit-card")),
            ("companies.edit", MenuItem(gettext("Security"), "console:security", "shield-check")),
            ("companies.keys", MenuItem(gettext("API keys"), "console:api-keys", "key-round")),
        ]
        return [item for permission, item in items if self.may(permission)]

    @property
    def money_menu(self) -> list[MenuItem]:
        """The pages about money, beside each other."""
        items = [
            ("payments.view", MenuItem(gettext("Payments"), "console:payments")),
            ("payments.review", MenuItem(gettext("What waits"), "console:money_waiting")),
            ("payments.review", MenuItem(gettext("Reconciliation"), "console:reconciliation")),
            ("payments.view", MenuItem(gettext("Deposits"), "console:deposits")),
            ("payouts.view", MenuItem(gettext("Payments out"), "console:payouts")),
            ("payouts.view", MenuItem(gettext("Payees"), "console:payees")),
            ("payments.record", MenuItem(gettext("Record money"), "console:money_record")),
        ]
        return [item for permission, item in items if self.may(permission)]

    def at(self, company_id: UUID) -> Desk:
        """The desk of another of the person's companies. Raises NotFound for a company of others."""
        for company in self.companies:
            if company.company_id == company_id:
                return Desk(self.actor, company, self.companies)
        raise NotFound


type View[**P] = Callable[Concatenate[HttpRequest, Desk, P], HttpResponse]


def ask_for_factor(request: HttpRequest, company: MembershipView) -> HttpResponse:
    """To the pages on which a second factor is set up."""
    text = gettext("%(company)s asks its people for a second step when they sign in. Set one up to go on.")
    messages.warning(request, text % {"company": company.name})
    return redirect("mfa_index")


def console_page[**P](view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For people who work in a company; to anybody else there is no console."""

    @guest_page
    def page(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponse:
        companies = memberships_of(user=request.user)
        if not companies:
            raise NotFound
        allowed = [each for each in companies if not each.needs_second_factor]
        if not allowed:
            return ask_for_factor(request, companies[0])
        company = _chosen(request, allowed)
        desk = Desk(Actor.of(request.user), company, companies)
        try:
            return view(request, desk, *args, **kwargs)
        except AccessDenied as refusal:
            return denied(request, desk, refusal)

    return update_wrapper(page, view)


def denied(request: HttpRequest, desk: Desk, refusal: AccessDenied) -> HttpResponse:
    """A page that says no, and leads back to where the person has something to do."""
    back = reverse(desk.menu[0].route) if desk.menu else ""
    return error_page(request, 403, gettext("This is not yours to see"), refusal.detail, back=back)


def _chosen(request: HttpRequest, companies: list[MembershipView]) -> MembershipView:
    """The company that the person looks at; whoever has chosen none yet begins where something is to do."""
    by_id = {str(each.company_id): each for each in companies}
    chosen = request.session.get(CHOSEN)
    if chosen not in by_id:
        chosen = str(companies[0].company_id)
        if len(companies) > 1:
            may_see = [each.company_id for each in companies if "bookings.view" in each.permissions]
            chosen = str(busiest_company(may_see) or chosen)
            request.session[CHOSEN] = chosen
    return by_id[chosen]
