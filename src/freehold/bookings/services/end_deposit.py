"""A damage deposit comes to its end: all of it goes back, a part is kept, or nothing was ever held."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from freehold.bookings.deposits import MANAGE, amount_of, find_deposit, has_begun, lock_deposit
from freehold.bookings.events import DepositClaimed, DepositReleased
from freehold.bookings.models import DamageDeposit
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.deposits import (
    WANTED,
    DepositMethod,
    DepositState,
    amount_to_capture,
    checked_part,
    deposit_step,
    shares_of_captured,
)
from freehold.domain.errors import DomainError
from freehold.domain.money import Money
from freehold.finance.models import Folio
from freehold.finance.selectors import account_balances
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.unsettle import unsettle
from freehold.finance.services.write_off_open import write_off_open
from freehold.payments.accounts import gateway_of
from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.selectors import refunded_minor
from freehold.payments.services.let_go import let_go
from freehold.payments.services.request_capture import request_capture
from freehold.payments.services.request_refund import request_refund

S = DepositState
LONGEST_REASON = 200
LONGEST_NOTE = 2000


def release_deposit(*, actor: Actor, deposit_id: UUID) -> DamageDeposit:
    """All of it goes back to the guest, now. Twice changes nothing.

    Raises NotFound, AccessDenied, Conflict `not_held`.
    """
    find_deposit(actor=actor, deposit_id=deposit_id, permission=MANAGE)
    with transaction.atomic():
        folio, deposit = lock_deposit(deposit_id)
        if deposit.state == S.RELEASED:
            return deposit
        if deposit.state != S.HELD:
            raise Conflict(f"A deposit that is {deposit.state} cannot be released.", code="not_held")
        release_locked(actor=actor, folio=folio, deposit=deposit)
    return deposit


def release_locked(*, actor: Actor, folio: Folio, deposit: DamageDeposit) -> None:
    """What is held is let go; what was charged is refunded."""
    _end(deposit, S.RELEASED, actor)
    if deposit.method == DepositMethod.CHARGE and deposit.payment is not None:
        _give_back(folio, deposit, deposit.payment, _left_of(deposit.payment), reason="The damage deposit is returned.")
    _close(folio)
    announce(DepositReleased(deposit_id=deposit.pk))


def waive_deposit(*, actor: Actor, deposit_id: UUID) -> DamageDeposit:
    """The host does without, before anything is held. Twice changes nothing.

    Raises NotFound, AccessDenied, Conflict `already_held`.
    """
    find_deposit(actor=actor, deposit_id=deposit_id, permission=MANAGE)
    with transaction.atomic():
        folio, deposit = lock_deposit(deposit_id)
        if deposit.state == S.WAIVED:
            return deposit
        if deposit.state not in WANTED:
            raise Conflict(f"A deposit that is {deposit.state} cannot be waived.", code="already_held")
        _end(deposit, S.WAIVED, actor)
        _close(folio)
    return deposit


def drop_locked(*, actor: Actor, folio: Folio, deposit: DamageDeposit) -> None:
    """Nothing was held, and nobody has to leave it any more."""
    _end(deposit, S.DROPPED, actor)
    _close(folio)


def claim_deposit(*, actor: Actor, deposit_id: UUID, amount: Money, reason: str, note: str = "") -> DamageDeposit:
    """The host keeps `amount` for what was damaged; the rest goes back. The guest is told the reason.

    The same claim again changes nothing, and asks the provider again where it had refused. Raises NotFound,
    AccessDenied, BadInput, and Conflict: `not_held`, `not_arrived`, `already_claimed` for another amount.
    """
    find_deposit(actor=actor, deposit_id=deposit_id, permission=MANAGE)
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput("Say what it is kept for.", code="required", attr="reason")
    with transaction.atomic():
        folio, deposit = lock_deposit(deposit_id)
        part = _checked(deposit, amount)
        if deposit.state in (S.CLAIMED, S.KEPT):
            if deposit.claimed_minor != part.minor:
                raise Conflict("Another amount was claimed already.", code="already_claimed")
        elif deposit.state != S.HELD:
            raise Conflict(f"Nothing can be claimed of a deposit that is {deposit.state}.", code="not_held")
        elif not has_begun(deposit, at=clock.database_now()):
            raise Conflict(
                "The guest has not arrived yet: damage can be claimed from the start of the stay.", code="not_arrived"
            )
        else:
            deposit.state = deposit_step(deposit.state, S.CLAIMED)
            deposit.claimed_minor, deposit.claimed_at = part.minor, clock.now()
            deposit.claim_reason, deposit.claim_note = reason, note.strip()[:LONGEST_NOTE]
            deposit.ended_by = str(actor)
            deposit.save()
            announce(DepositClaimed(deposit_id=deposit.pk))
        if deposit.state == S.CLAIMED:
            _take(folio, deposit, part)
    return deposit


def _checked(deposit: DamageDeposit, amount: Money) -> Money:
    try:
        return checked_part(amount_of(deposit), amount)
    except DomainError as error:
        raise BadInput(error.detail, code=error.code, attr="amount") from error


def _take(folio: Folio, deposit: DamageDeposit, part: Money) -> None:
    payment = deposit.payment
    if payment is None:
        raise Conflict("Nothing is held for this deposit.", code="not_held")
    if deposit.method == DepositMethod.CHARGE:
        keep_locked(folio=folio, deposit=deposit)
        return
    partial = gateway_of(payment).caps.partial_capture
    wanted = amount_to_capture(amount_of(deposit), part, partial_capture=partial)
    request_capture(payment_id=payment.pk, amount=wanted)


def keep_locked(*, folio: Folio, deposit: DamageDeposit) -> None:
    """The money of a claim is here: what was claimed is income, and the rest goes back."""
    payment = deposit.payment
    if payment is None:
        return
    kept, back = shares_of_captured(_left_of(payment), Money(deposit.claimed_minor, deposit.currency))
    deposit.kept_minor = kept.minor
    _end(deposit, S.KEPT, None)
    entry = ledger.deposit_kept(kept)
    post_entry(folio=folio, key=f"deposit_kept:{deposit.pk}", entry=entry, occurred_at=clock.now())
    _give_back(folio, deposit, payment, back, reason="The rest of the damage deposit is returned.")
    _close(folio)


def _left_of(payment: Payment) -> Money:
    """What came for it and did not go back."""
    return Money(payment.received_minor - refunded_minor(payment), payment.currency)


def _give_back(folio: Folio, deposit: DamageDeposit, payment: Payment, amount: Money, *, reason: str) -> None:
    """We owe no deposit any more, whatever of it went back in the provider's own dashboard before."""
    entry = ledger.deposit_returned(-account_balances(folio)[ledger.Account.DEPOSITS_HELD])
    post_entry(folio=folio, key=f"deposit_returned:{deposit.pk}", entry=entry, occurred_at=clock.now())
    if not amount.is_positive:
        return
    refund = request_refund(
        actor=Actor.system("damage deposit"),
        payment_id=payment.pk,
        amount=amount,
        key=f"deposit:{deposit.pk}",
        reason=reason,
    )
    unsettle(folio=folio, refund_id=refund.pk, payment_id=payment.pk, amount=amount, write_off=True)


def _close(folio: Folio) -> None:
    """Nothing is owed any more, and whatever is still open or held at a provider is let go."""
    write_off_open(folio=folio)
    let_go(payments=folio.payments.filter(state__in=OPEN_STATES))


def _end(deposit: DamageDeposit, state: DepositState, actor: Actor | None) -> None:
    moment: datetime = clock.now()
    deposit.state = deposit_step(deposit.state, state)
    deposit.ended_at = moment
    if actor is not None:
        deposit.ended_by = str(actor)
    deposit.save()
