"""A credit becomes the money of one folio, once."""

from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.claims import close_claims
from freehold.payments.models import Charge, Credit
from freehold.payments.movements import hold_names, is_whole, known_charge
from freehold.payments.services.take_money import Arrival, take_money

RECORDED_ALREADY = "This movement is recorded already."
UNDECIDED = (Credit.State.NEW, Credit.State.WAITING, Credit.State.UNMATCHED)


def allocate_credit(*, actor: Actor, credit_id: UUID, folio_id: UUID) -> Credit:
    """The money pays what the folio owes; the same folio again changes nothing.

    Raises NotFound, AccessDenied, BadInput for another currency, Conflict `credit_decided` when it went elsewhere and
    `already_recorded` when the movement was heard of in another way (of the same amount, it is then known),
    `not_recorded` when no charge came of it, and what `take_money` raises.
    """
    credit = find_credit(actor=actor, credit_id=credit_id, folio_id=folio_id)
    with transaction.atomic():
        folio = lock_folio(folio_id)
        hold_names([credit.external_id])
        credit = Credit.objects.select_for_update(of=("self",), no_key=True).get(pk=credit_id)
        if credit.state == Credit.State.ALLOCATED and credit.payment and credit.payment.folio_id == folio.pk:
            return credit
        if credit.state not in UNDECIDED:
            raise Conflict("Somebody has decided about this money already.", code="credit_decided")
        charge = known_charge(credit, company_id=folio.company_id)
        if charge is None:
            return _take(actor, folio, credit)
        if is_whole(credit, charge):
            credit.payment, credit.company_id = charge.payment, charge.company_id
            _close(credit, actor, Credit.State.KNOWN, RECORDED_ALREADY)
    raise Conflict(RECORDED_ALREADY, code="already_recorded")


def _take(actor: Actor, folio: Folio, credit: Credit) -> Credit:
    """Needs the folio, the name and the credit locked."""
    came = Arrival(
        amount=Money(credit.amount_minor, credit.currency),
        charge_id=f"credit:{credit.pk}",
        occurred_at=credit.value_time or credit.created_at,
    )
    try:
        credit.payment = take_money(folio=folio, came=came)
    except CurrencyMismatch as error:
        raise BadInput(f"This booking is paid in {folio.currency}.", code="other_currency") from error
    if not Charge.objects.company(folio.company_id).filter(payment=credit.payment, charge_id=came.charge_id).exists():
        raise Conflict("The books did not take this money.", code="not_recorded")
    credit.company_id = folio.company_id
    _close(credit, actor, Credit.State.ALLOCATED, f"Allocated to {folio.reference}.")
    return credit


def dismiss_credit(*, actor: Actor, credit_id: UUID, reason: str) -> Credit:
    """Says that the money is none of the company's bookings'. Raises NotFound, AccessDenied, BadInput for no reason,
    Conflict `credit_decided`."""
    find_credit(actor=actor, credit_id=credit_id)
    if not reason.strip():
        raise BadInput("Say why, and what becomes of the money.", code="required", attr="reason")
    with transaction.atomic():
        credit = Credit.objects.select_for_update(of=("self",), no_key=True).get(pk=credit_id)
        if credit.state not in UNDECIDED:
            raise Conflict("Somebody has decided about this money already.", code="credit_decided")
        _close(credit, actor, Credit.State.DISMISSED, reason.strip())
    return credit


def find_credit(*, actor: Actor, credit_id: UUID, folio_id: UUID | None = None) -> Credit:
    """Raises NotFound and AccessDenied. Money on the installation's own account is the platform's administrators'."""
    credit = Credit.objects.filter(pk=credit_id).first()
    if credit is None:
        raise NotFound
    if folio_id is not None:
        folio = Folio.objects.system("credit").filter(pk=folio_id).first()
        if folio is None or credit.company_id not in (None, folio.company_id):
            raise NotFound
    if credit.company_id is not None:
        policies.require(actor=actor, permission="payments.review", company_id=credit.company_id)
    elif not actor.is_system and (actor.user is None or not actor.user.is_superuser):
        raise NotFound
    return credit


def _close(credit: Credit, actor: Actor, state: Credit.State, note: str) -> None:
    credit.state, credit.note = state, note
    credit.decided_at = clock.now()
    credit.decided_by_id = actor.user_id
    credit.save()
    close_claims(credit, user_id=actor.user_id, note=note)
