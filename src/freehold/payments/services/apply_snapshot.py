"""Bring a payment up to what its gateway says: the only place where a payment changes its state.

A snapshot describes the gateway's whole object, so that any number of them may be applied in any order: states move
forward by rank, a charge is recorded once, and `paid` is never taken back. The ledger and the rooms above learn of the
money in the same transaction.
"""

from uuid import UUID

import structlog
from django.db import transaction

from freehold.core import clock
from freehold.core.events import announce, announce_all
from freehold.domain.money import Money
from freehold.domain.payment_states import UNSETTLED, PaymentState
from freehold.finance.models import Folio
from freehold.finance.selectors import folio_balance
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments import by_hand
from freehold.payments.events import GatewayEventStored, MoneyReceived, PaymentCloseRequested, PaymentFailed
from freehold.payments.finality import close_answered, final_at
from freehold.payments.models import OPEN_STATES, GatewayEvent, Payment, ReviewItem
from freehold.payments.next_action import action_json
from freehold.payments.schedule import next_held_look, next_payment_look
from freehold.payments.selectors import get_payment, payment_for_update
from freehold.payments.services.note_authorization import (
    believed_state,
    follow_authorization,
    is_held,
    is_unwanted,
    note_authorization,
)
from freehold.payments.services.note_refunded import note_refunded
from freehold.payments.services.open_review import open_review
from freehold.payments.services.record_charges import Receipt, record_charges
from freehold.payments.services.review_held import review_held
from freehold.payments.types import Applied, Asked, Source
from freehold.ports.payment_gateway import PaymentSnapshot

log = structlog.get_logger(__name__)

ENDED = (PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED)
MAX_CODE = 60


def apply_snapshot(
    *, payment_id: UUID, snapshot: PaymentSnapshot, source: Source, asked: Asked | None = None
) -> Applied:
    """Applies one snapshot. `asked` comes with answers: what was known before the question. Raises NotFound.

    Amounts that are not what was asked, another object, and contradictions open a review item; money is recorded
    in any case, and confirms nothing before it reaches the asked amount in the asked currency.
    """
    folio_id = get_payment(payment_id).folio_id
    with transaction.atomic():
        folio = lock_folio(folio_id)
        payment = payment_for_update(payment_id)
        if payment.object_id and payment.object_id != snapshot.ref.object_id:
            return Applied(payment, _second_object(payment, snapshot))
        before = PaymentState(payment.state)
        first_sight = not payment.object_id
        unwanted = is_unwanted(payment, snapshot)
        sound = snapshot.amount is None or snapshot.amount == Money(payment.amount_minor, payment.currency)
        _take_over(payment, snapshot, sound=sound)
        receipt = record_charges(folio=folio, payment=payment, snapshot=snapshot, sound=sound)
        _plan_next_look(payment, changed=payment.state != before, fetched=source == "fetch")
        payment.save()
        review = _judge(payment, snapshot, receipt, sound=sound) or _contradiction(payment, snapshot, receipt, asked)
        refunds = note_refunded(folio=folio, payment=payment, snapshot=snapshot, asked=asked)
        if refunds.look_again:
            payment.next_fetch_at = clock.now()
            payment.save(update_fields=["next_fetch_at", "updated_at"])
        close_answered(payment, snapshot)
        if first_sight:
            _wake_parked_events(payment)
        if unwanted or (
            payment.state in ENDED and snapshot.state in OPEN_STATES and (first_sight or source == "fetch")
        ):
            # Ended here while the gateway was opening it, or could not be reached: now it can be closed there.
            announce(PaymentCloseRequested(payment_id=payment.pk))
        _announce(folio, payment, before=before, received=receipt.announced)
        follow_authorization(payment, before=before, source=source)
    log.info(
        "payment_snapshot_applied",
        payment_id=str(payment.pk),
        source=source,
        before=before.value,
        seen=snapshot.state.value,
        after=str(payment.state),
        announced_minor=receipt.announced.minor,
    )
    return Applied(payment, refunds.review or review)


def _take_over(payment: Payment, snapshot: PaymentSnapshot, *, sound: bool) -> None:
    """Names, state and what the payer may do next."""
    payment.object_id = snapshot.ref.object_id
    payment.charge_id = snapshot.ref.charge_id or payment.charge_id
    payment.provider_extra = {**payment.provider_extra, **snapshot.ref.extra}
    state = believed_state(payment, snapshot)
    if state is PaymentState.PAID and payment.state != PaymentState.PAID:
        payment.paid_at = clock.now()
    note_authorization(payment, snapshot, state=state)
    payment.state = state
    payment.error_code = (snapshot.error_code or payment.error_code)[:MAX_CODE]
    payment.error_kind = snapshot.error_kind or payment.error_kind
    if sound and snapshot.next_action.kind != "none":
        payment.next_action = action_json(snapshot.next_action)


# --- what a person has to look at --------------------------------------------------------------------------


def _second_object(payment: Payment, snapshot: PaymentSnapshot) -> ReviewItem:
    return open_review(
        kind=ReviewItem.Kind.DISAGREEMENT,
        key=f"object:{payment.pk}:{snapshot.ref.object_id}",
        detail=f"The provider has a second object, {snapshot.ref.object_id}, for the payment {payment.object_id}.",
        company_id=payment.company_id,
        amount=snapshot.received,
        payment=payment,
    )


def _judge(payment: Payment, snapshot: PaymentSnapshot, receipt: Receipt, *, sound: bool) -> ReviewItem | None:
    """Money that is not what was asked waits for a person; when the rest arrives by itself, the case is closed.

    While a gateway says that more may come, a part is left alone. Of what people record, nobody says so.
    """
    if receipt.announced.is_positive:
        _close_case(payment)
    if sound and not receipt.foreign and receipt.held.is_positive:
        over = payment.state not in UNSETTLED and payment.state != PaymentState.AUTHORIZED
        return review_held(payment=payment) if over or payment.provider in by_hand.METHODS else None
    if sound and not receipt.foreign and (payment.state != PaymentState.PAID or _told(payment)):
        return None
    asked = Money(payment.amount_minor, payment.currency)
    foreign = "".join(f", and {charge.amount_minor} minor units of {charge.currency}" for charge in receipt.foreign)
    claimed = "" if sound else f" The provider says that it asked for {snapshot.amount}."
    return open_review(
        kind=ReviewItem.Kind.AMOUNT_MISMATCH,
        key=f"amount:{payment.pk}:{payment.received_minor}{'' if sound else ':asked'}{foreign and ':foreign'}",
        detail=f"{asked} was asked, {Money(payment.received_minor, payment.currency)} arrived{foreign}.{claimed}",
        company_id=payment.company_id,
        amount=receipt.held,
        payment=payment,
    )


def _told(payment: Payment) -> bool:
    return payment.announced_minor > 0


def _close_case(payment: Payment) -> None:
    ReviewItem.objects.filter(
        payment=payment, kind=ReviewItem.Kind.AMOUNT_MISMATCH, currency=payment.currency, resolved_at=None
    ).update(resolved_at=clock.now(), resolution="The rest of the money arrived.")


def _contradiction(
    payment: Payment, snapshot: PaymentSnapshot, receipt: Receipt, asked: Asked | None
) -> ReviewItem | None:
    """A gateway that takes back what it said, or says it of another payment."""
    missing = set(receipt.contradictions)
    unpaid = False
    if asked is not None:
        seen = {charge.charge_id for charge in snapshot.charges}
        if snapshot.charges or not (snapshot.received and snapshot.received.is_positive):
            missing |= asked.charge_ids - seen
        unpaid = asked.state is PaymentState.PAID and snapshot.state is not PaymentState.PAID
    if not missing and not unpaid:
        return None
    return open_review(
        kind=ReviewItem.Kind.DISAGREEMENT,
        key=f"disagreement:{payment.pk}:{snapshot.state}:{len(missing)}",
        detail=f"We were told of money that the provider no longer reports: it says {snapshot.state.value}, "
        f"charges in doubt: {', '.join(sorted(missing)) or 'none'}. The payment stays as it was.",
        company_id=payment.company_id,
        amount=snapshot.received,
        payment=payment,
    )


# --- what follows ------------------------------------------------------------------------------------------


def _plan_next_look(payment: Payment, *, changed: bool, fetched: bool) -> None:
    moment = clock.now()
    if fetched:
        payment.fetched_at = moment
    payment.fetch_count = 0 if changed else payment.fetch_count + int(fetched)
    if is_held(payment):
        payment.next_fetch_at = next_held_look(
            looks=payment.fetch_count, moment=moment, until=payment.authorized_until or moment
        )
    elif changed or fetched:
        payment.next_fetch_at = next_payment_look(
            state=PaymentState(payment.state),
            looks=payment.fetch_count,
            moment=moment,
            deadline=payment.expires_at,
            final_at=final_at(payment),
        )


def _wake_parked_events(payment: Payment) -> None:
    """The gateway's object is known from now on: events that named it before can be read."""
    parked = GatewayEvent.objects.filter(
        provider=payment.provider,
        account=payment.account,
        object_id=payment.object_id,
        state=GatewayEvent.State.PARKED,
    )
    announce_all(GatewayEventStored(event_id=event_id) for event_id in parked.values_list("pk", flat=True))


def _superseded(folio: Folio, payment: Payment) -> list[UUID]:
    """Open attempts for the same thing that this money leaves nothing to pay for. Who pays by another link goes on, as
    long as that much is still owed; what a bank holds stays held, as long as anything is."""
    others = list(folio.payments.filter(state__in=OPEN_STATES, purpose=payment.purpose).exclude(pk=payment.pk))
    owed = folio_balance(folio.pk).owed.minor if others else 0
    return [
        other.pk
        for other in others
        if (not owed if is_held(other) else other.link_id in (None, payment.link_id) or other.amount_minor > owed)
    ]


def _announce(folio: Folio, payment: Payment, *, before: PaymentState, received: Money) -> None:
    if received.is_positive:
        announce(
            MoneyReceived(
                payment_id=payment.pk, folio_id=folio.pk, amount_minor=received.minor, currency=received.currency
            )
        )
        announce_all(PaymentCloseRequested(payment_id=other) for other in _superseded(folio, payment))
    if payment.state in ENDED and before not in ENDED:
        announce(PaymentFailed(payment_id=payment.pk, folio_id=folio.pk))
