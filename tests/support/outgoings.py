"""A company with a maker and a checker, and payees who can be paid."""

from typing import Any

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import Outgoing, Payee, PayeeDestination
from freehold.finance.services.add_payee import add_payee
from freehold.finance.services.adjust_owner import credit_owner
from freehold.finance.services.decide_outgoing import approve_outgoing
from freehold.finance.services.draft_outgoing import draft_outgoing
from freehold.finance.services.set_destination import confirm_destination, set_destination
from freehold.finance.services.submit_outgoing import submit_outgoing
from tests.factories import CompanyFactory, MembershipFactory


class PayDesk:
    """`maker` is of the staff, `checker` and `second` are administrators; nobody of them is anybody else."""

    def __init__(self, company: Company | None = None) -> None:
        self.company: Company = company or CompanyFactory()
        self.maker, self.checker, self.second = (self._member(role) for role in ("staff", "admin", "admin"))

    def _member(self, role: str) -> Actor:
        return Actor.of(MembershipFactory(company=self.company, role=role).user)

    def payee(self, kind: str = "owner", name: str = "Olive Owner") -> Payee:
        return add_payee(actor=self.maker, company_id=self.company.pk, kind=kind, name=name)

    def place(
        self,
        payee: Payee,
        provider: str = "bank_transfer",
        shape: str = "",
        *,
        is_confirmed: bool = True,
        **values: str,
    ) -> PayeeDestination:
        if provider == "bank_transfer" and not values:
            shape, values = "iban", {"iban": "DE89370400440532013000", "name": payee.name}
        place = set_destination(actor=self.maker, payee_id=payee.pk, provider=provider, shape=shape, values=values)
        return self.confirm(place, values) if is_confirmed else place

    def confirm(self, place: PayeeDestination, values: dict[str, str], actor: Actor | None = None) -> PayeeDestination:
        return confirm_destination(actor=actor or self.checker, destination_id=place.pk, values=values)

    def credit(self, payee: Payee, minor: int, currency: str = "USD", key: str = "may") -> None:
        amount = Money(minor, currency)
        credit_owner(actor=self.maker, payee_id=payee.pk, amount=amount, key=key, reason="Share of May")

    def draft(
        self, place: PayeeDestination, minor: int = 10_000, currency: str = "USD", *, kind: str = "", **options: Any
    ) -> Outgoing:
        return draft_outgoing(
            **{
                "actor": self.maker,
                "company_id": self.company.pk,
                "kind": kind or ("payout" if place.payee.kind == "owner" else "expense"),
                "destination_id": place.pk,
                "amount": Money(minor, currency),
                "description": "Share of May",
                **options,
            }
        )

    def submitted(
        self, place: PayeeDestination, minor: int = 10_000, currency: str = "USD", **options: Any
    ) -> Outgoing:
        drafted = self.draft(place, minor, currency, **options)
        return submit_outgoing(actor=self.maker, outgoing_id=drafted.pk)

    def approve(self, outgoing: Outgoing, actor: Actor | None = None) -> Outgoing:
        return approve_outgoing(actor=actor or self.checker, outgoing_id=outgoing.pk, version=outgoing.version)

    def approved(self, place: PayeeDestination, minor: int = 10_000, currency: str = "USD", **options: Any) -> Outgoing:
        return self.approve(self.submitted(place, minor, currency, **options))
