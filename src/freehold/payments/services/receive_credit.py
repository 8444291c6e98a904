"""A bank tells of money that came by itself: kept once, then matched by the reference that the payer typed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import Conflict, TemporarilyUnavailable
from freehold.core.events import announce
from freehold.domain.money import Money
from freehold.domain.references import Owed, named_by, references_in
from freehold.finance.models import Folio
from freehold.payments import by_hand
from freehold.payments.events import CreditStored
from freehold.payments.models import OPEN_STATES, Credit, Payment, ReviewItem
from freehold.payments.movements import is_whole, known_charge
from freehold.payments.services.allocate_credit import RECORDED_ALREADY, UNDECIDED, allocate_credit
from freehold.payments.services.open_review import open_review
from freehold.ports.credit_notice import CreditNotice

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=10)
"""How long a payment that is under way may still turn out to be this very money."""

BATCH = 100
State = Credit.State


def store_credit(*, notice: CreditNotice, company_id: UUID | None, account: str, trusted: bool) -> Credit:
    """The row of this movement, made if there is none. Needs a transaction; what becomes of it is decided after.

    `company_id` and `account` are those of the account that was told, never what the message says. A copy that says
    something else is for a person; one that is proved counts instead of one that was not, while nobody has decided.
    """
    said = _said(notice)
    credit, made = Credit.objects.get_or_create(
        source=notice.source,
        told_to=f"{company_id or 'installation'}/{account}"[:100],
        external_id=notice.external_id[:120],
        defaults={**said, "company_id": company_id, "trusted": trusted, "state": _first_state(notice)},
    )
    if not made:
        credit = _compare(credit, notice, trusted=trusted)
    elif credit.state == State.NEW:
        announce(CreditStored(credit_id=credit.pk))
    return credit


def _said(notice: CreditNotice) -> dict[str, Any]:
    return {
        "account": notice.account[:60],
        "direction": notice.direction,
        "currency": notice.amount.currency,
        "amount_minor": notice.amount.minor,
        "reference": notice.reference[:300],
        "payer_name": notice.payer_name[:120],
        "payer_phone": notice.payer_phone[:40],
        "value_time": notice.value_time,
        "raw": dict(notice.raw),
    }


def _first_state(notice: CreditNotice) -> State:
    return State.NEW if notice.direction == "credit" and notice.amount.is_positive else State.KEPT


def _compare(credit: Credit, notice: CreditNotice, *, trusted: bool) -> Credit:
    """The same movement once more."""
    credit = Credit.objects.select_for_update(of=("self",), no_key=True).get(pk=credit.pk)
    known = (credit.direction, credit.amount_minor, credit.currency)
    if known != (notice.direction, notice.amount.minor, notice.amount.currency):
        _show_difference(credit, notice)
    if not trusted or credit.trusted:
        return credit
    credit.trusted = True
    if credit.state not in UNDECIDED:
        credit.save(update_fields=["trusted", "updated_at"])
        return credit
    said = {**_said(notice), "state": _first_state(notice), "note": ""}
    for name, value in said.items():
        setattr(credit, name, value)
    credit.save(update_fields=["trusted", *said, "updated_at"])
    if credit.state == State.NEW:
        announce(CreditStored(credit_id=credit.pk))
    return credit


def _show_difference(credit: Credit, notice: CreditNotice) -> None:
    amount = notice.amount
    open_review(
        kind=ReviewItem.Kind.DISAGREEMENT,
        key=f"credit:{credit.pk}:{notice.direction}:{amount.minor}:{amount.currency}",
        detail=f"{credit.source} {credit.external_id} was told as {credit.direction} of "
        f"{Money(credit.amount_minor, credit.currency)}, and then as {notice.direction} of {amount}.",
        company_id=credit.company_id,
        amount=amount,
        payment=credit.payment,
    )


def match_credit(*, credit_id: UUID) -> Credit:
    """Allocates what names one folio without doubt; everything else waits for a person. Again is harmless."""
    credit = Credit.objects.get(pk=credit_id)
    if credit.state not in (State.NEW, State.WAITING):
        return credit
    if (charge := known_charge(credit, company_id=credit.company_id)) is not None and is_whole(credit, charge):
        return _decide(credit, State.KNOWN, RECORDED_ALREADY, payment=charge.payment)
    folio = _named_folio(credit)
    if folio is None:
        return _decide(credit, State.UNMATCHED, "The reference names no booking, or several.")
    if not credit.trusted:
        return _decide(credit, State.UNMATCHED, f"Names {folio.reference}, but nothing proves who sent the message.")
    if _may_be_under_way(credit, folio):
        return _decide(credit, State.WAITING, f"A payment of {folio.reference} is under way, which may be this money.")
    try:
        return allocate_credit(actor=Actor.system("reference"), credit_id=credit.pk, folio_id=folio.pk)
    except Conflict as refusal:
        return _decide(credit, State.UNMATCHED, refusal.detail)
    except TemporarilyUnavailable:
        return _decide(credit, State.WAITING, "The calendar is busy; tried again in a moment.")


def match_waiting() -> int:
    """A job. Returns how many were looked at."""
    waiting = Credit.objects.filter(state__in=(State.NEW, State.WAITING)).order_by("created_at")[:BATCH]
    for credit in waiting:
        try:
            match_credit(credit_id=credit.pk)
        except Exception:  # the next one has its money waiting too
            log.exception("credit_not_matched", credit_id=str(credit.pk))
    return len(waiting)


def _named_folio(credit: Credit) -> Folio | None:
    found = Folio.objects.system("credit").filter(reference__in=references_in(credit.reference))
    if credit.company_id is not None:
        found = found.filter(company_id=credit.company_id)
    folios = list(found[:20])
    amount = Money(credit.amount_minor, credit.currency)
    owed = [Owed(folio.reference, Money(amount.minor, folio.currency)) for folio in folios]
    named = named_by(credit.reference, owed, currency=credit.currency)
    return None if named is None else next(folio for folio in folios if folio.reference == named.reference)


def _may_be_under_way(credit: Credit, folio: Folio) -> bool:
    if credit.created_at < clock.now() - PATIENCE:
        return False
    open_ones = Payment.objects.company(folio.company_id).filter(folio=folio, state__in=OPEN_STATES)
    return open_ones.exclude(provider__in=by_hand.METHODS).exists()


def _decide(credit: Credit, state: State, note: str, *, payment: Payment | None = None) -> Credit:
    """Unless somebody was faster."""
    with transaction.atomic():
        row = Credit.objects.select_for_update(of=("self",), no_key=True).get(pk=credit.pk)
        if row.state in (State.NEW, State.WAITING):
            row.state, row.note, row.payment = state, note, payment
            row.company_id = row.company_id or (payment.company_id if payment else None)
            row.save(update_fields=["state", "note", "payment", "company", "updated_at"])
    return row
