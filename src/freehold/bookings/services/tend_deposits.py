"""What happens to damage deposits by itself: guests are asked, what runs out is renewed, what is over goes back."""

from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import DurationField, Func, Q, QuerySet
from django.db.models.functions import Coalesce, Least

from freehold.bookings.deposits import (
    FELL_THROUGH,
    STANDING,
    asked_from,
    departure_of,
    lock_deposit,
    renews_from,
    returns_at,
)
from freehold.bookings.events import DepositAsked
from freehold.bookings.models import DamageDeposit
from freehold.bookings.services.end_deposit import drop_locked, release_locked
from freehold.bookings.services.receive_deposit import ask_anew
from freehold.bookings.services.renew_deposit import has_saved_method, renew_by_saved_method
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError
from freehold.core.events import announce
from freehold.domain.deposits import (
    ASK_AGAIN_AFTER,
    RENEW_BEFORE,
    WANTED,
    DepositFacts,
    DepositState,
    DepositStep,
    deposit_step,
    next_step,
)
from freehold.finance.models import Folio
from freehold.ports.payment_gateway import ProviderError

log = structlog.get_logger(__name__)

BATCH = 100
SYSTEM = Actor.system("damage deposits")


def tend_due_deposits() -> int:
    """Does what is due, each deposit in a transaction of its own. Returns for how many something was done."""
    done = 0
    for deposit_id in _due().values_list("pk", flat=True)[:BATCH]:
        try:
            done += tend_deposit(deposit_id=deposit_id) is not None
        except (FreeholdError, ProviderError) as refusal:
            # One that somebody is busy with must not keep the others waiting.
            log.warning("deposit_not_tended", deposit_id=str(deposit_id), error=type(refusal).__name__)
    return done


def tend_deposit(*, deposit_id: UUID) -> DepositStep | None:
    """Does what is due for one deposit, by the database's clock. Several at once do it once."""
    with transaction.atomic():
        folio, deposit = lock_deposit(deposit_id)
        step = next_step(_facts(deposit), now=clock.database_now())
        if step is not None:
            _do(step, folio, deposit)
    if step is DepositStep.RENEW and has_saved_method(deposit) and not renew_by_saved_method(deposit_id=deposit_id):
        # Of a process that ends before this, the guest hears a day later, when it is due once more.
        with transaction.atomic():
            ask_anew(deposit)
    return step


def _facts(deposit: DamageDeposit) -> DepositFacts:
    booking = deposit.booking
    departure = departure_of(booking)
    return DepositFacts(
        state=DepositState(deposit.state),
        stands=booking.state in STANDING,
        fell_through=booking.state in FELL_THROUGH,
        asked_from=asked_from(deposit),
        departure=departure,
        returned_at=returns_at(deposit),
        renews_from=renews_from(deposit),
        renewal_asked_at=deposit.renewal_asked_at,
    )


def _do(step: DepositStep, folio: Folio, deposit: DamageDeposit) -> None:
    moment = clock.now()
    match step:
        case DepositStep.ASK:
            deposit.state = deposit_step(deposit.state, DepositState.ASKED)
            deposit.asked_at = moment
            deposit.save(update_fields=["state", "asked_at", "updated_at"])
            announce(DepositAsked(deposit_id=deposit.pk, is_renewal=False, on=f"{moment:%Y-%m-%d}"))
        case DepositStep.RENEW:
            deposit.renewal_asked_at = moment
            deposit.save(update_fields=["renewal_asked_at", "updated_at"])
            if not has_saved_method(deposit):
                ask_anew(deposit)
        case DepositStep.RELEASE:
            release_locked(actor=SYSTEM, folio=folio, deposit=deposit)
        case DepositStep.DROP:
            drop_locked(actor=SYSTEM, folio=folio, deposit=deposit)


class _Days(Func):
    """So many days."""

    template = "make_interval(days => %(expressions)s)"
    output_field = DurationField()


def _due() -> QuerySet[DamageDeposit]:
    """Where something may be due; `next_step` decides."""
    now = clock.DatabaseNow()
    left = Least("booking__ends_at", Coalesce("booking__checked_out_at", "booking__ends_at"))
    is_asked = Q(renewal_asked_at__gt=now - ASK_AGAIN_AFTER)
    return (
        DamageDeposit.objects.system("deposits that are due")
        .annotate(left=left)
        .filter(
            Q(state=DepositState.PLANNED, booking__state__in=STANDING, booking__starts_at__lte=now + _Days("ask_days"))
            | Q(state__in=WANTED) & (Q(booking__state__in=FELL_THROUGH) | Q(left__lte=now))
            | Q(state=DepositState.HELD)
            & (
                Q(booking__state__in=FELL_THROUGH)
                | Q(left__lte=now - _Days("return_days"))
                | (Q(held_until__lte=now + RENEW_BEFORE) & ~is_asked)
            )
        )
        .order_by("updated_at")
    )
