"""What of a company's payees and payments out is shown, and the locks that come before they change."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from freehold.companies.access import find_permitted
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, NotFound
from freehold.domain.ledger import Account
from freehold.domain.money import Money
from freehold.domain.outgoing_states import (
    REPEATABLE,
    RESERVED,
    IllegalStep,
    OutgoingState,
    OutgoingStep,
    after,
    left_to_pay_out,
)
from freehold.finance.models import JournalEntry, Outgoing, Payee, PayeeDestination, Posting
from freehold.finance.policies import VIEW

MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class WantedOutgoings:
    """Days are those on which it is due."""

    state: str = ""
    payee_id: UUID | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class OwnerBalance:
    """What an owner is due by the books, what of it is promised already, and what is left."""

    balance: Money
    reserved: Money

    @property
    def left(self) -> Money:
        return left_to_pay_out(balance=self.balance, reserved=self.reserved)


# --- payees -----------------------------------------------------------------------------------------------


def payees_of(
    *, actor: Actor, company_id: UUID, kind: str = "", words: str = "", is_active: bool | None = None
) -> QuerySet[Payee]:
    """By name, with the places that are in use or wait to be confirmed. Raises NotFound, AccessDenied."""
    require(actor=actor, permission=VIEW, company_id=company_id)
    found = Payee.objects.company(company_id).prefetch_related(_destinations(company_id)).order_by("name", "id")
    if kind:
        found = found.filter(kind=kind)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    if words := words.strip()[:MOST_WORDS]:
        found = found.filter(name__icontains=words)
    return found


def find_payee(*, actor: Actor, payee_id: UUID, permission: str = VIEW) -> Payee:
    """Raises NotFound, AccessDenied."""
    payee = find_permitted(actor=actor, model=Payee, pk=payee_id, permission=permission)
    return Payee.objects.company(payee.company_id).prefetch_related(_destinations(payee.company_id)).get(pk=payee.pk)


def _destinations(company_id: UUID) -> "Prefetch[str]":
    in_use = PayeeDestination.objects.company(company_id).filter(retired_at=None).order_by("created_at", "id")
    in_use = in_use.select_related("set_by", "confirmed_by")
    return Prefetch("destinations", in_use)


def owner_balances(*, company_id: UUID, payee_id: UUID) -> dict[str, OwnerBalance]:
    """By currency, those with something in them, in two queries. Right to the cent only with the payee locked."""
    sums = (
        Posting.objects.filter(
            entry__payee_id=payee_id, entry__company_id=company_id, account__code=Account.OWNER_PAYABLE
        )
        .values_list("currency")
        .annotate(total=Sum("amount_minor"))
    )
    due = {currency: -int(total) for currency, total in sums}
    waiting = (
        Outgoing.objects.company(company_id)
        .filter(payee_id=payee_id, kind=Outgoing.Kind.PAYOUT, state__in=RESERVED)
        .values_list("currency")
        .annotate(total=Coalesce(Sum("amount_minor"), 0))
    )
    reserved = {currency: int(total) for currency, total in waiting.order_by()}
    return {
        currency: OwnerBalance(Money(due.get(currency, 0), currency), Money(reserved.get(currency, 0), currency))
        for currency in sorted(due.keys() | reserved.keys())
    }


def owner_balance(*, company_id: UUID, payee_id: UUID, currency: str) -> OwnerBalance:
    nothing = OwnerBalance(Money.zero(currency), Money.zero(currency))
    return owner_balances(company_id=company_id, payee_id=payee_id).get(currency, nothing)


def entries_of_owner(*, company_id: UUID, payee_id: UUID) -> QuerySet[JournalEntry]:
    """What moved the owner's account, the latest first."""
    entries = JournalEntry.objects.company(company_id).filter(payee_id=payee_id)
    moved = entries.filter(postings__account__code=Account.OWNER_PAYABLE).distinct()
    return moved.prefetch_related("postings__account").order_by("-created_at", "-id")


# --- payments out -----------------------------------------------------------------------------------------


def outgoings_of(
    *, actor: Actor, company_id: UUID, kind: str = "", wanted: WantedOutgoings | None = None
) -> QuerySet[Outgoing]:
    """The latest first. Raises NotFound, AccessDenied."""
    require(actor=actor, permission=VIEW, company_id=company_id)
    wanted = wanted or WantedOutgoings()
    found = _told(Outgoing.objects.company(company_id)).order_by("-created_at", "-id")
    if kind:
        found = found.filter(kind=kind)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.payee_id is not None:
        found = found.filter(payee_id=wanted.payee_id)
    if wanted.first is not None:
        found = found.filter(due_on__gte=wanted.first)
    if wanted.last is not None:
        found = found.filter(due_on__lte=wanted.last)
    if words := wanted.words.strip()[:MOST_WORDS]:
        said = Q(reference__icontains=words) | Q(description__icontains=words) | Q(document__icontains=words)
        found = found.filter(said | Q(payee__name__icontains=words) | Q(category__icontains=words))
    return found


def to_approve(*, actor: Actor, company_id: UUID) -> int:
    """How many wait for somebody's approval."""
    waiting = outgoings_of(actor=actor, company_id=company_id, wanted=WantedOutgoings(state=OutgoingState.SUBMITTED))
    return waiting.count()


def find_outgoing(*, actor: Actor, outgoing_id: UUID, kind: str = "", permission: str = VIEW) -> Outgoing:
    """With its payee and people. Raises NotFound, AccessDenied."""
    row = find_permitted(actor=actor, model=Outgoing, pk=outgoing_id, permission=permission)
    if kind and row.kind != kind:
        raise NotFound
    return _told(Outgoing.objects.company(row.company_id)).get(pk=row.pk)


def get_outgoing(outgoing_id: UUID) -> Outgoing:
    """Raises NotFound."""
    row = _told(Outgoing.objects.system("by id")).filter(pk=outgoing_id).first()
    if row is None:
        raise NotFound
    return row


def _told(rows: QuerySet[Outgoing]) -> QuerySet[Outgoing]:
    people = ("created_by", "submitted_by", "approved_by")
    return rows.select_related("payee", "destination", "company", *people)


def entries_of_outgoing(outgoing: Outgoing) -> list[JournalEntry]:
    """What the books say of it, oldest first."""
    keys = [entry_key(outgoing, word) for word in ("paid", "returned")]
    entries = JournalEntry.objects.company(outgoing.company_id).filter(key__in=keys)
    return list(entries.prefetch_related("postings__account").order_by("created_at", "id"))


def entry_key(outgoing: Outgoing, word: str) -> str:
    return f"outgoing:{outgoing.pk}:{word}"


def amount_of(outgoing: Outgoing) -> Money:
    return Money(outgoing.amount_minor, outgoing.currency)


# --- locks ------------------------------------------------------------------------------------------------


def lock_payee(payee_id: UUID) -> Payee:
    """Before any of its payments out. Not FOR UPDATE: rows that merely point to it may be inserted meanwhile."""
    return Payee.objects.system("lock").select_for_update(no_key=True).get(pk=payee_id)


def lock_outgoing(outgoing_id: UUID) -> Outgoing:
    """After its payee. Raises NotFound."""
    row = Outgoing.objects.system("lock").select_for_update(no_key=True).filter(pk=outgoing_id).first()
    if row is None:
        raise NotFound
    return row


def lock_with_payee(outgoing_id: UUID) -> Outgoing:
    """Both, in order. Raises NotFound, and Conflict `changed_meanwhile` when another payee was put in just now."""
    payee_id = get_outgoing(outgoing_id).payee_id
    payee = lock_payee(payee_id)
    outgoing = lock_outgoing(outgoing_id)
    if outgoing.payee_id != payee_id:
        raise changed_meanwhile()
    outgoing.payee = payee
    return outgoing


def check_debt_stands(outgoing: Outgoing) -> None:
    """Needs the payee locked. Locks those whose debt this one pays, back to the first, and raises Conflict
    (`debt_<state>`) when one of them was paid after all."""
    replaced_id = outgoing.replaces_id
    while replaced_id is not None:
        replaced = lock_outgoing(replaced_id)
        if replaced.state not in REPEATABLE:
            detail = f"This pays the debt of {replaced.reference} once more, which is {replaced.state}. Cancel this."
            raise Conflict(detail, code=f"debt_{replaced.state}")
        replaced_id = replaced.replaces_id


def paid_instead(outgoing: Outgoing) -> Outgoing | None:
    """One that pays the same debt anew, and is approved, on its way, or paid. Needs the payee locked."""
    again = repeat_of(outgoing)
    while again is not None:
        if again.state in RESERVED or again.state == OutgoingState.PAID:
            return again
        again = repeat_of(again)
    return None


def repeat_of(outgoing: Outgoing) -> Outgoing | None:
    """The one that pays its debt anew. Those that were cancelled pay nothing, and are none."""
    rows = Outgoing.objects.company(outgoing.company_id).filter(replaces=outgoing)
    return rows.exclude(state=OutgoingState.CANCELLED).first()


def take_step(outgoing: Outgoing, step: OutgoingStep) -> None:
    """Raises Conflict, named by the state that does not allow it."""
    try:
        outgoing.state = after(OutgoingState(outgoing.state), step)
    except IllegalStep as error:
        raise Conflict(error.detail, code=f"outgoing_{outgoing.state}") from error


def changed_meanwhile() -> Conflict:
    return Conflict("This was changed meanwhile. Look at it again.", code="changed_meanwhile")
