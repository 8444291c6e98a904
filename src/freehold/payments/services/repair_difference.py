"""One click for one difference between a provider's books and ours: asked, recorded, or decided by people."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from freehold.companies import policies
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound, TemporarilyUnavailable
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, RefundState
from freehold.domain.reconciliation import (
    NEEDS_REASON,
    DifferenceKind,
    Repair,
    Sides,
    agrees,
    proposals,
)
from freehold.finance.services.lock_folio import lock_folio
from freehold.finance.services.post_entry import post_entry
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import call, reference_of
from freehold.payments.models import Charge, Difference, Payment, Refund, ReviewItem
from freehold.payments.selectors import get_payment, what_we_know
from freehold.payments.services.apply_dispute import apply_dispute
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.receive_credit import store_credit
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.payment_gateway import Declined, DisputeSnapshot, Misconfigured, ProviderError, RefundSnapshot

LONGEST_REASON = 500
NEVER_LEFT = (None, RefundState.FAILED, RefundState.CANCELLED)
"""What a provider says of a refund that pays nobody. One that is pending there may still arrive."""


def sides_of(difference: Difference) -> Sides:
    theirs, ours = difference.theirs_minor, difference.ours_minor
    return Sides(
        kind=DifferenceKind(difference.kind),
        theirs=None if theirs is None else Money(theirs, difference.currency),
        ours=None if ours is None else Money(ours, difference.ours_currency),
        is_payment_known=difference.payment_id is not None,
        was_asked=difference.asked_at is not None,
        # What no person has proposed, nobody can be the second for.
        is_proposed=difference.proposed_at is not None and difference.proposed_by_id is not None,
    )


def repair_difference(*, actor: Actor, difference_id: UUID, repair: str, reason: str = "") -> Difference:
    """Does what is proposed; a difference that is settled already stays as it is.

    Raises NotFound, AccessDenied, BadInput for a missing reason, Conflict `not_proposed` for what is not (any more)
    proposed, `needs_somebody_else` from who proposed what another decides, AccessDenied where two people decide and
    this is a key or an administrator in another's name, and TemporarilyUnavailable while the provider does not answer.
    """
    difference = find_difference(actor=actor, difference_id=difference_id)
    if difference.review.resolved_at is not None:
        return difference
    wanted = next((each for each in proposals(sides_of(difference)) if each == repair), None)
    if wanted is None:
        raise Conflict("This is not proposed for this difference, or not any more.", code="not_proposed")
    reason = reason.strip()[:LONGEST_REASON]
    if wanted in NEEDS_REASON and not reason:
        raise BadInput("Say why.", code="required", attr="reason")
    _DO[wanted](actor, difference, reason)
    return _reload(difference_id)


def find_difference(*, actor: Actor, difference_id: UUID) -> Difference:
    """Raises NotFound, AccessDenied. What is on the installation's account, and nobody's, is its administrators'."""
    difference = Difference.objects.select_related("review", "payment", "refund").filter(pk=difference_id).first()
    if difference is None:
        raise NotFound
    if difference.company_id is not None:
        policies.require(actor=actor, permission="payments.review", company_id=difference.company_id)
    elif not actor.is_system and (actor.user is None or not actor.user.is_superuser):
        raise NotFound
    return difference


def _reload(difference_id: UUID) -> Difference:
    return Difference.objects.select_related("review", "payment", "refund").get(pk=difference_id)


# --- asking ----------------------------------------------------------------------------------------------


def _fetch(actor: Actor, difference: Difference, reason: str) -> None:
    """Asks, records the answer, and looks once more. What is under way at the provider is asked about again later."""
    refund, payment = difference.refund, difference.payment
    assert payment is not None  # it is proposed for known payments alone
    try:
        if refund is not None and refund.provider_id:
            state = _ask_about_refund(refund)
            is_confirmed, may_be_decided = state is RefundState.SUCCEEDED, state in NEVER_LEFT
        else:
            is_confirmed = _ask_about_payment(payment, difference.provider_id)
            may_be_decided = difference.kind != DifferenceKind.REFUND
    except ProviderError as error:
        raise _no_answer() from error
    moment = clock.now()
    asked = {"asked_at": moment if may_be_decided else None, "updated_at": moment}
    Difference.objects.filter(pk=difference.pk).update(**asked)
    ours = _ours(difference)
    theirs = sides_of(difference).theirs
    if agrees(theirs, ours):
        _close(actor, difference, "The provider was asked, and its answer recorded.")
    elif is_confirmed and theirs is None:
        _close(actor, difference, "The provider confirms it when it is asked; its books show it later.")
    changed = {"ours_minor": None if ours is None else ours.minor, "ours_currency": ours.currency if ours else ""}
    Difference.objects.filter(pk=difference.pk).update(**changed)


def _ask_about_payment(payment: Payment, charge_id: str) -> bool:
    """Whether the provider tells of this charge. Raises ProviderError."""
    asked = what_we_know(payment)
    snapshot = call(gateway_of(payment).fetch_payment, reference_of(payment))
    apply_snapshot(payment_id=payment.pk, snapshot=snapshot, source="fetch", asked=asked)
    return any(charge.charge_id == charge_id for charge in snapshot.charges)


def _no_answer() -> TemporarilyUnavailable:
    return TemporarilyUnavailable("The provider does not answer. Try again later.", retry_after=60)


def _ask_about_refund(refund: Refund) -> RefundState | None:
    """What the provider says of it; None: it knows no such refund. Raises ProviderError."""
    payment = get_payment(refund.payment_id)
    try:
        snapshot = call(gateway_of(payment).fetch_refund, refund.provider_id, reference_of(payment))
    except (Declined, Misconfigured):
        # It does not know the refund, or our keys are wrong: the payment's answer tells which.
        _ask_about_payment(payment, "")
        return None
    apply_refund_snapshot(refund_id=refund.pk, snapshot=snapshot, source="fetch")
    if refund.state == RefundState.FAILED:
        # It left after all: the payment's totals tell, and it is one that was made elsewhere.
        _ask_about_payment(payment, "")
    return snapshot.state


def _ours(difference: Difference) -> Money | None:
    """What our books say now."""
    if difference.kind == DifferenceKind.PAYMENT:
        charge = Charge.objects.system("difference").filter(
            provider=difference.provider, account=difference.account, charge_id=difference.provider_id
        )
        found = charge.first()
        return None if found is None else Money(found.amount_minor, found.currency)
    refunds = Refund.objects.system("difference").filter(payment=difference.payment)
    mine = refunds.filter(provider_id=difference.provider_id).first()
    if mine is not None and mine.state == RefundState.SUCCEEDED:
        return Money(mine.amount_minor, mine.currency)
    external = refunds.filter(key__startswith="external:", created_at__gte=difference.created_at, amount_minor__gt=0)
    recorded = external.filter(amount_minor=difference.theirs_minor or 0).first()
    if recorded is not None:
        return Money(recorded.amount_minor, recorded.currency)
    return None if mine is None else Money(0, mine.currency)


# --- recording -------------------------------------------------------------------------------------------


def _keep_as_credit(actor: Actor, difference: Difference, reason: str) -> None:
    """Nobody has proved whose it is: it waits for somebody, whatever it is called."""
    theirs = sides_of(difference).theirs
    assert theirs is not None  # it is proposed for money alone
    notice = CreditNotice(
        source=difference.provider,
        external_id=difference.provider_id,
        account=difference.account,
        amount=theirs,
        reference=difference.related_id,
        value_time=difference.occurred_at,
        raw={"found_by": "comparison"},
    )
    with transaction.atomic():
        store_credit(notice=notice, company_id=difference.company_id, account=difference.account, trusted=False)
        _close(actor, difference, "Kept as a credit that waits for its booking.")


def _record_dispute(actor: Actor, difference: Difference, reason: str) -> None:
    theirs, payment = sides_of(difference).theirs, difference.payment
    assert theirs is not None and payment is not None  # noqa: PT018
    snapshot = DisputeSnapshot(difference.provider_id, DisputeState.OPEN, theirs, withdrawn=theirs)
    with transaction.atomic():
        apply_dispute(payment_id=payment.pk, snapshot=snapshot)
        _close(actor, difference, "Recorded as a dispute.")


# --- deciding --------------------------------------------------------------------------------------------


def _propose(actor: Actor, difference: Difference, reason: str) -> None:
    person, moment = actor.own_hand(), clock.now()
    mine = Difference.objects.filter(pk=difference.pk, review__resolved_at=None, proposed_by=None)
    mine.update(proposed_at=moment, proposed_by_id=person, reason=reason, updated_at=moment)


def _agree(actor: Actor, difference: Difference, reason: str) -> None:
    """The correction. What was paid stays paid; a refund that never left is owed again."""
    payment, refund = difference.payment, difference.refund
    assert payment is not None  # it is proposed for known payments alone
    _require_another(actor, difference)
    if refund is not None:
        _refuse_if_it_left(refund)
    with transaction.atomic():
        folio = lock_folio(payment.folio_id)
        locked = _lock(actor, difference, Repair.AGREE)
        if locked is None:
            return
        ours = sides_of(locked).ours
        assert ours is not None  # it is proposed for what our books have
        if ours.currency != folio.currency or _ours(locked) != ours:
            raise Conflict("Our books say something else by now. Compare once more.", code="not_proposed")
        if refund is not None:
            snapshot = RefundSnapshot(refund.provider_id, RefundState.FAILED, None, error_code="not_at_provider")
            apply_refund_snapshot(refund_id=refund.pk, snapshot=snapshot, source="call")
            _close(actor, locked, f"The refund never left; it is owed again. {locked.reason}")
            return
        entry = ledger.gateway_difference(ours)
        key = f"gateway_difference:{locked.pk}"
        post_entry(folio=folio, key=key, entry=entry, occurred_at=clock.now(), memo=locked.provider_id)
        _close(actor, locked, f"Written off: {locked.reason}")


def _settle(actor: Actor, difference: Difference, reason: str) -> None:
    """A note closes what no money hangs on; what somebody has proposed to give up, another person may leave alone."""
    with transaction.atomic():
        locked = _lock(actor, difference, Repair.SETTLE)
        if locked is not None:
            _close(actor, locked, reason)


def _lock(actor: Actor, difference: Difference, wanted: Repair) -> Difference | None:
    """The row as it is now; None once it is closed. Raises Conflict, AccessDenied where that may not be done to it."""
    rows = Difference.objects.select_related("review").select_for_update(of=("self", "review"), no_key=True)
    locked = rows.get(pk=difference.pk)
    if locked.review.resolved_at is not None:
        return None
    if wanted not in proposals(sides_of(locked)):
        raise Conflict("This is not proposed for this difference, or not any more.", code="not_proposed")
    _require_another(actor, locked)
    return locked


def _require_another(actor: Actor, difference: Difference) -> None:
    """Where something is proposed: a person, by their own hand, and not who proposed it."""
    if sides_of(difference).is_proposed and actor.own_hand() == difference.proposed_by_id:
        raise Conflict("Somebody else than who wanted it has to look at it.", code="needs_somebody_else")


def _refuse_if_it_left(refund: Refund) -> None:
    """Time has passed since it was proposed: what is under way or paid by now would be paid twice."""
    try:
        state = _ask_about_refund(refund)
    except ProviderError as error:
        raise _no_answer() from error
    if state not in NEVER_LEFT:
        raise Conflict("The provider knows this refund by now. Compare once more.", code="not_proposed")


def _close(actor: Actor, difference: Difference, resolution: str) -> None:
    items = ReviewItem.objects.filter(pk=difference.review_id)
    resolve_reviews(actor=actor, items=items, resolution=resolution)


_DO: dict[Repair, Callable[[Actor, Difference, str], None]] = {
    Repair.FETCH: _fetch,
    Repair.CREDIT: _keep_as_credit,
    Repair.RECORD_DISPUTE: _record_dispute,
    Repair.MARK_FAILED: _propose,
    Repair.WRITE_OFF: _propose,
    Repair.AGREE: _agree,
    Repair.SETTLE: _settle,
}
