"""Somebody of the company took the money: cash at the desk, or a transfer seen on the bank's statement."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.domain.money import CurrencyMismatch, Money
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments import by_hand
from freehold.payments.models import Charge, Credit, Payment
from freehold.payments.movements import hold_names
from freehold.payments.services.allocate_credit import UNDECIDED
from freehold.payments.services.take_money import Arrival, take_money

LONGEST_REFERENCE = 80


def record_money(
    *,
    actor: Actor,
    folio_id: UUID,
    method: str,
    amount: Money,
    reference: str,
    received_at: datetime | None = None,
) -> Payment:
    """Records money that somebody holds, under a reference by which it is found again: a receipt, a statement's line.

    The same reference of the same company and method is the same money: recording it again changes nothing. A notice
    of the bank about the same movement counts as known from then on. Raises NotFound, AccessDenied, BadInput, Conflict
    `reference_used` for another amount or booking, or a movement that was allocated, and `payment_in_progress`.
    """
    folio = Folio.objects.system("record money").filter(pk=folio_id).first()
    if folio is None:
        raise NotFound
    policies.require(actor=actor, permission="payments.record", company_id=folio.company_id)
    name = " ".join(reference.split())
    _check(method, amount, name, received_at)
    charge_id = by_hand.charge_id(method=method, company_id=folio.company_id, reference=name)
    with transaction.atomic():
        folio = lock_folio(folio_id)
        hold_names([name])
        known = Charge.objects.company(folio.company_id).select_related("payment").filter(charge_id=charge_id).first()
        if known is not None:
            same = (known.payment.folio_id, known.amount_minor, known.currency)
            if same != (folio.pk, amount.minor, amount.currency):
                raise Conflict("Other money was recorded under this reference.", code="reference_used")
            return known.payment
        notices = _notices(folio, name) if method == by_hand.TRANSFER else []
        if any(notice.state == Credit.State.ALLOCATED for notice in notices):
            raise Conflict("The bank's notice of this transfer was allocated already.", code="reference_used")
        came = Arrival(amount, charge_id, received_at or clock.now())
        try:
            payment = take_money(folio=folio, came=came, method=method)
        except CurrencyMismatch as error:
            raise BadInput(
                f"This booking is paid in {folio.currency}.", code="other_currency", attr="amount"
            ) from error
        for notice in notices:
            _mark_known(notice, payment, amount)
        return payment


def _notices(folio: Folio, name: str) -> list[Credit]:
    """What the company's bank told of the movement of this name, locked."""
    credits = Credit.objects.filter(company_id=folio.company_id, external_id__iexact=name, direction="credit")
    return list(credits.select_for_update(of=("self",), no_key=True).order_by("id"))


def _mark_known(notice: Credit, payment: Payment, amount: Money) -> None:
    """Nobody has to allocate what was recorded."""
    if notice.state in UNDECIDED and (notice.amount_minor, notice.currency) == (amount.minor, amount.currency):
        notice.state, notice.payment = Credit.State.KNOWN, payment
        notice.note = "Somebody recorded this movement by hand."
        notice.save(update_fields=["state", "payment", "note", "updated_at"])


def _check(method: str, amount: Money, reference: str, received_at: datetime | None) -> None:
    if method not in by_hand.METHODS:
        raise BadInput("Cash, or a bank transfer.", code="unknown_method", attr="method")
    if not amount.is_positive:
        raise BadInput("Only a positive amount can be recorded.", code="amount_not_positive", attr="amount")
    if not 1 <= len(reference) <= LONGEST_REFERENCE:
        raise BadInput("Say how this can be found again.", code="required", attr="reference")
    if received_at is not None and received_at > clock.now():
        raise BadInput("That is in the future.", code="in_the_future", attr="received_at")
