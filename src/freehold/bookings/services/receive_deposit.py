"""What providers tell about a damage deposit: it is held, it was charged, it is held no more.

In-transaction listeners, with the deposit's folio locked: they see nothing of a booking's own payments.
"""

from uuid import UUID

from freehold.bookings.deposits import lock_deposit
from freehold.bookings.events import DepositAsked
from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.end_deposit import keep_locked
from freehold.bookings.services.renew_deposit import is_renewal
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.events import announce
from freehold.domain import ledger
from freehold.domain.deposits import WANTED, DepositMethod, DepositState, deposit_step
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.finance.services.post_entry import post_entry
from freehold.finance.services.settle import settle
from freehold.payments.events import MoneyReceived, PaymentAuthorized, PaymentFailed
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.selectors import get_payment, payment_for_update
from freehold.payments.services.let_go import let_go
from freehold.payments.services.open_review import open_review
from freehold.payments.services.request_refund import request_refund

S = DepositState


def hold_deposit(event: PaymentAuthorized) -> None:
    """The latest authorisation counts; an earlier one, or one that nobody needs any more, is let go."""
    found = _locked(event.folio_id)
    if found is None:
        return
    _folio, deposit = found
    payment = payment_for_update(event.payment_id)
    held = deposit.payment if deposit.state == S.HELD else None
    is_wanted = deposit.state in WANTED or (
        held is not None and deposit.method == DepositMethod.AUTHORIZATION and payment.attempt > held.attempt
    )
    if not is_wanted:
        if held is None or held.pk != payment.pk:
            let_go(payments=[payment])
        return
    _hold(deposit, payment, DepositMethod.AUTHORIZATION)
    if held is not None:
        let_go(payments=[held])


def receive_deposit_money(event: MoneyReceived) -> None:
    """A deposit was charged, or a part of what was held was taken. What is too much goes back."""
    found = _locked(event.folio_id)
    if found is None:
        return
    folio, deposit = found
    amount = Money(event.amount_minor, event.currency)
    payment = payment_for_update(event.payment_id)
    is_claim = deposit.state == S.CLAIMED and deposit.payment_id == payment.pk
    if not is_claim and deposit.state not in WANTED:
        _send_back(payment, amount)
        return
    settled = settle(folio=folio, payment_id=payment.pk, amount=amount)
    if settled.applied.minor:
        entry = ledger.deposit_taken(settled.applied)
        key = f"deposit_taken:{deposit.pk}:{payment.pk}:{payment.received_minor}"
        post_entry(folio=folio, key=key, entry=entry, occurred_at=clock.now())
    if settled.excess.minor:
        _send_back(payment, settled.excess)
    if is_claim:
        deposit.payment = payment
        keep_locked(folio=folio, deposit=deposit)
    else:
        _hold(deposit, payment, DepositMethod.CHARGE)


def lose_deposit(event: PaymentFailed) -> None:
    """The bank let go what it held: of a claim nothing comes any more, and a person has to know. Or it refused to hold
    it anew, of which nobody else would hear: the guest is asked."""
    found = _locked(event.folio_id)
    if found is None:
        return
    _folio, deposit = found
    payment = get_payment(event.payment_id)
    if deposit.payment_id != payment.pk:
        if is_renewal(payment) and deposit.state in (S.HELD, S.LAPSED):
            ask_anew(deposit)
    elif deposit.state in (S.HELD, S.CLAIMED):
        _lapse(deposit, payment)


def ask_anew(deposit: DamageDeposit) -> None:
    """Asks the guest to leave it once more, once a day at most."""
    announce(DepositAsked(deposit_id=deposit.pk, is_renewal=True, on=f"{clock.now():%Y-%m-%d}"))


def _lapse(deposit: DamageDeposit, payment: Payment) -> None:
    was_claimed = deposit.state == S.CLAIMED
    deposit.state = deposit_step(deposit.state, S.LAPSED)
    deposit.held_until = None
    deposit.claimed_minor = 0
    deposit.save()
    amount = Money(deposit.amount_minor, deposit.currency)
    says = "and what was claimed of it cannot be taken any more" if was_claimed else "and nothing is held any more"
    open_review(
        kind=ReviewItem.Kind.DEPOSIT_LAPSED,
        key=f"deposit:{deposit.pk}:{payment.attempt}",
        detail=f"The bank let go of the damage deposit of {amount} for {deposit.booking.reference}, {says}.",
        company_id=deposit.company_id,
        amount=amount,
        payment=payment,
    )


def _locked(folio_id: UUID) -> tuple[Folio, DamageDeposit] | None:
    found = DamageDeposit.objects.system("deposit").filter(folio_id=folio_id).only("pk").first()
    return None if found is None else lock_deposit(found.pk)


def _hold(deposit: DamageDeposit, payment: Payment, method: DepositMethod) -> None:
    if deposit.state != S.HELD:
        deposit.state = deposit_step(deposit.state, S.HELD)
        deposit.held_at = clock.now()
    deposit.payment = payment
    deposit.method = method
    deposit.held_until = payment.authorized_until if payment.state == PaymentState.AUTHORIZED else None
    deposit.renewal_asked_at = None
    deposit.save()


def _send_back(payment: Payment, amount: Money) -> None:
    request_refund(
        actor=Actor.system("damage deposit"),
        payment_id=payment.pk,
        amount=amount,
        key=f"deposit_excess:{payment.pk}:{payment.received_minor}",
        reason="More came for the damage deposit than was asked.",
    )
