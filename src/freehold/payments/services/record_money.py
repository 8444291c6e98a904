"""Somebody of the company took the money: cash at the desk, or a transfer seen on the bank's statement."""

import re
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
from freehold.payments.models import Charge, Payment
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

    The same reference of the same company and method is the same money: recording it again changes nothing. Raises
    NotFound, AccessDenied, BadInput, Conflict `reference_used` for another amount or booking, `payment_in_progress`.
    """
    folio = Folio.objects.system("record money").filter(pk=folio_id).first()
    if folio is None:
        raise NotFound
    policies.require(actor=actor, permission="payments.record", company_id=folio.company_id)
    name = re.sub(r"\s+", " ", reference).strip()
    _check(method, amount, name, received_at)
    charge_id = f"{method}:{folio.company_id.hex}:{name.casefold()}"[:120]
    with transaction.atomic():
        folio = lock_folio(folio_id)
        known = Charge.objects.company(folio.company_id).select_related("payment").filter(charge_id=charge_id).first()
        if known is not None:
            same = (known.payment.folio_id, known.amount_minor, known.currency)
            if same != (folio.pk, amount.minor, amount.currency):
                raise Conflict("Other money was recorded under this reference.", code="reference_used")
            return known.payment
        came = Arrival(amount, charge_id, received_at or clock.now())
        try:
            return take_money(folio=folio, came=came, method=method)
        except CurrencyMismatch as error:
            raise BadInput(
                f"This booking is paid in {folio.currency}.", code="other_currency", attr="amount"
            ) from error


def _check(method: str, amount: Money, reference: str, received_at: datetime | None) -> None:
    if method not in by_hand.METHODS:
        raise BadInput("Cash, or a bank transfer.", code="unknown_method", attr="method")
    if not amount.is_positive:
        raise BadInput("Only a positive amount can be recorded.", code="amount_not_positive", attr="amount")
    if not 1 <= len(reference) <= LONGEST_REFERENCE:
        raise BadInput("Say how this can be found again.", code="required", attr="reference")
    if received_at is not None and received_at > clock.now():
        raise BadInput("That is in the future.", code="in_the_future", attr="received_at")
