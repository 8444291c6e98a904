"""Which bookings unmatched money may be for, and why: for the people at the money desk. Nothing here decides.

Payments know folios, and nobody's telephone; so this room looks.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from freehold.bookings.models import Booking, DamageDeposit
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.domain.references import Candidate, Owed, candidates, references_in
from freehold.finance.models import Folio, Receivable
from freehold.payments.claims import folio_of, movement, movement_of
from freehold.payments.models import Credit, ReviewItem
from freehold.payments.services.allocate_credit import UNDECIDED

MOST_SHOWN = 3
MOST_CREDITS = 50
"""Of how many credits at once it is looked for: the others' turn comes."""

MOST_DEBTS = 2_000
MOST_CLAIMS = 500
PEOPLE = ("booker__phone", "booker__first_name", "booker__last_name")


@dataclass(slots=True)
class _Open:
    folio_id: UUID
    reference: str
    currency: str
    parts: list[int]


def credit_candidates(
    *, actor: Actor, company_id: UUID, credits: Iterable[Credit]
) -> dict[UUID, tuple[Candidate, ...]]:
    """For each credit that is not decided its likeliest bookings, the best first; at most six queries for all of them.

    Looked for among the latest open debts of the company, and what the credits name. Raises NotFound, AccessDenied.
    """
    require(actor=actor, permission="payments.review", company_id=company_id)
    open_ones = [each for each in credits if each.company_id == company_id and each.state in UNDECIDED][:MOST_CREDITS]
    if not open_ones:
        return {}
    claims = _claims(company_id)
    owed = _who_owes(company_id, open_ones, claims)
    return {credit.pk: _likeliest(credit, owed, claims) for credit in open_ones}


def _claims(company_id: UUID) -> dict[str, set[str]]:
    """What payers say: references by the movement that they claim."""
    items = ReviewItem.objects.filter(
        kind=ReviewItem.Kind.PAYER_CLAIM, company_id=company_id, resolved_at=None
    ).order_by("-created_at")
    keys = list(items.values_list("key", flat=True)[:MOST_CLAIMS])
    named = Folio.objects.company(company_id).filter(pk__in={folio_of(key) for key in keys})
    references = dict(named.values_list("pk", "reference")) if keys else {}
    claims: dict[str, set[str]] = {}
    for key in keys:
        claims.setdefault(movement_of(key), set()).add(references[folio_of(key)])
    return claims


def _likeliest(credit: Credit, owed: Sequence[Owed], claims: dict[str, set[str]]) -> tuple[Candidate, ...]:
    found = candidates(
        text=credit.reference,
        phone=credit.payer_phone,
        amount=Money(credit.amount_minor, credit.currency),
        owed=owed,
        name=credit.payer_name,
        claimed=claims.get(movement(credit), ()),
    )
    return found[:MOST_SHOWN]


def _who_owes(company_id: UUID, credits: Sequence[Credit], claims: dict[str, set[str]]) -> list[Owed]:
    folios = _open_folios(company_id, {credit.currency for credit in credits})
    named = {reference for credit in credits for reference in references_in(credit.reference)}
    named.update(*claims.values())
    for pk, reference, currency in (
        Folio.objects.company(company_id).filter(reference__in=named).values_list("pk", "reference", "currency")
    ):
        folios.setdefault(pk, _Open(pk, reference, currency, []))
    phones, names = _people(company_id, list(folios))
    return [
        Owed(
            each.reference,
            Money(sum(each.parts), each.currency),
            phones=phones[each.folio_id],
            parts=frozenset(Money(part, each.currency) for part in each.parts),
            names=names[each.folio_id],
        )
        for each in folios.values()
    ]


def _open_folios(company_id: UUID, currencies: set[str]) -> dict[UUID, _Open]:
    left = F("amount_minor") - F("settled_minor") - F("written_off_minor")
    debts = (
        Receivable.objects.company(company_id)
        .filter(folio__currency__in=currencies)
        .annotate(left=left)
        .filter(left__gt=0)
        .order_by("-created_at", "-id")
        .values_list("folio_id", "folio__reference", "folio__currency", "left")[:MOST_DEBTS]
    )
    folios: dict[UUID, _Open] = {}
    for folio_id, reference, currency, open_minor in debts:
        folios.setdefault(folio_id, _Open(folio_id, reference, currency, [])).parts.append(open_minor)
    return folios


def _people(
    company_id: UUID, folio_ids: list[UUID]
) -> tuple[defaultdict[UUID, frozenset[str]], defaultdict[UUID, frozenset[str]]]:
    """Telephones and names of those who booked, by folio: that of the stay, and that of its damage deposit."""
    phones: defaultdict[UUID, frozenset[str]] = defaultdict(frozenset)
    names: defaultdict[UUID, frozenset[str]] = defaultdict(frozenset)
    stays = Booking.objects.company(company_id).filter(folio_id__in=folio_ids).values_list("folio_id", *PEOPLE)
    deposits = (
        DamageDeposit.objects.company(company_id)
        .filter(folio_id__in=folio_ids)
        .values_list("folio_id", *(f"booking__{name}" for name in PEOPLE))
    )
    for rows in (stays, deposits):
        for folio_id, phone, first, last in rows:
            phones[folio_id] = frozenset([phone] if phone else [])
            names[folio_id] = frozenset([f"{first} {last}"])
    return phones, names
