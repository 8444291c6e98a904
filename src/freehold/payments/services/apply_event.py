"""Read a stored gateway event and act on it.

A signed event is a fact and applies by its own content; any other is only a reason to ask. An event about an object
that we do not know is parked: it may be faster than our own commit, or somebody else's.
"""

from collections.abc import Callable
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import QuerySet

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import FreeholdError, NotFound
from freehold.domain.money import Money
from freehold.payments.accounts import find_credit_source, find_gateway
from freehold.payments.gateways import call
from freehold.payments.models import Charge, GatewayEvent, Payment, Refund, ReviewItem, Transfer
from freehold.payments.schedule import first_look
from freehold.payments.services.apply_dispute import apply_dispute
from freehold.payments.services.apply_payout_snapshot import apply_payout_snapshot
from freehold.payments.services.apply_refund_snapshot import apply_refund_snapshot
from freehold.payments.services.apply_snapshot import apply_snapshot
from freehold.payments.services.open_review import open_review
from freehold.payments.services.receive_credit import store_credit
from freehold.payments.services.receive_notice import UNREADABLE, read_kept_notice
from freehold.payments.services.refresh_payment import refresh_payment
from freehold.payments.services.refresh_refund import refresh_refund
from freehold.payments.services.refresh_transfer import look_soon
from freehold.payments.services.resolve_review import resolve_reviews
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import CreditSource, UnreadableNotice
from freehold.ports.payment_gateway import (
    BadSignature,
    DisputeSnapshot,
    Hint,
    Inbound,
    Misconfigured,
    PaymentProvider,
    PaymentSnapshot,
    PayoutSnapshot,
    ProviderError,
    ProviderEvent,
    ProviderRef,
    RefundSnapshot,
)

log = structlog.get_logger(__name__)

State = GatewayEvent.State


def apply_event(*, event_id: UUID) -> GatewayEvent:
    """Applies the event, once; again is harmless. Raises NotFound."""
    event = GatewayEvent.objects.filter(pk=event_id).first()
    if event is None:
        raise NotFound
    if event.state in (State.APPLIED, State.IGNORED):
        return event
    apply = APPLY.get(event.subject, _ignore)
    apply(event, _hint(event))
    log.info("gateway_event_read", event_id=str(event.pk), subject=event.subject, state=event.state)
    return event


def _apply_to_payment(event: GatewayEvent, hint: Hint | None) -> None:
    payment = _find_payment(event, event.object_id, event.our_id)
    if payment is None:
        return _end(event, State.PARKED, "No payment of ours has this object yet.")
    if isinstance(hint, PaymentSnapshot):
        review = apply_snapshot(payment_id=payment.pk, snapshot=hint, source="event").review
    else:
        _ask(payment, None if event.trusted else _named(event))
        review = None
    return _end_applied(event, payment, review)


def _apply_to_refund(event: GatewayEvent, hint: Hint | None) -> None:
    refund = _find_refund(event)
    if refund is not None:
        if isinstance(hint, RefundSnapshot):
            review = apply_refund_snapshot(refund_id=refund.pk, snapshot=hint, source="event").review
        else:
            _ask_about_refund(refund)
            review = None
        return _end_applied(event, refund.payment, review)
    paid = hint.payment if isinstance(hint, RefundSnapshot) else None
    payment = _find_payment(event, paid.object_id, "") if paid else None
    if payment is None:
        return _end(event, State.PARKED, "Neither the refund nor its payment is known here yet.")
    # Somebody refunded in the dashboard: the payment's own totals say how much.
    _ask(payment)
    return _end_applied(event, payment, None)


def _ask(payment: Payment, named: ProviderRef | None = None) -> None:
    """Now, or by the reconciler soon: that we know of a reason to ask is all that the event was good for."""
    try:
        refresh_payment(payment_id=payment.pk, named=named)
    except (ProviderError, FreeholdError):
        soon = first_look(clock.now())
        Payment.objects.company(payment.company_id).filter(pk=payment.pk).update(next_fetch_at=soon)


def _ask_about_refund(refund: Refund) -> None:
    try:
        refresh_refund(refund_id=refund.pk)
    except ProviderError:
        soon = first_look(clock.now())
        Refund.objects.company(refund.company_id).filter(pk=refund.pk).update(next_fetch_at=soon)


def _apply_to_transfer(event: GatewayEvent, hint: Hint | None) -> None:
    transfer = _find_transfer(event)
    if transfer is None:
        return _end(event, State.PARKED, "No transfer of ours is known by this name yet.")
    event.transfer = transfer
    if isinstance(hint, PayoutSnapshot):
        review = apply_payout_snapshot(transfer_id=transfer.pk, snapshot=hint, source="event").review
    else:
        look_soon(transfer)
        review = None
    return _end_applied(event, None, review)


def _apply_to_dispute(event: GatewayEvent, hint: Hint | None) -> None:
    if not isinstance(hint, DisputeSnapshot):
        return _ask_a_person(event, hint)
    payment = _find_payment(event, hint.payment.object_id if hint.payment else "", event.our_id)
    if payment is None:
        return _end(event, State.PARKED, "The disputed payment is not known here yet.")
    return _end_applied(event, payment, apply_dispute(payment_id=payment.pk, snapshot=hint).review)


def _apply_to_credit(event: GatewayEvent, hint: Hint | None) -> None:
    """Untrusted notices are kept too; they wait for a person."""
    if event.type == UNREADABLE and (bank := _bank(event)) is not None:
        return _apply_kept_notice(event, bank)
    said = _read_again(event)
    notice = said.hint if said is not None else None
    if not isinstance(notice, CreditNotice):
        return _ask_a_person(event, hint)
    with transaction.atomic():
        credit = store_credit(
            notice=notice,
            company_id=event.company_id,
            account=event.account,
            trusted=event.trusted and said is not None and said.trusted,
        )
        return _end(event, State.APPLIED, f"Kept as the credit {credit.pk}.")


def _apply_kept_notice(event: GatewayEvent, bank: CreditSource) -> None:
    """What a bank's reader did not understand, and may now."""
    try:
        with transaction.atomic():
            credits = read_kept_notice(event=event, bank=bank)
            return _end(event, State.APPLIED, f"Kept as {len(credits)} credit(s).")
    except UnreadableNotice as error:
        return _end(event, State.QUARANTINED, str(error)[:500])


def _ask_a_person(event: GatewayEvent, hint: Hint | None) -> None:
    """What no room deals with."""
    payment = _find_payment(event, event.object_id, event.our_id)
    kind = ReviewItem.Kind.DISPUTE if event.subject == "dispute" else ReviewItem.Kind.UNKNOWN_OBJECT
    review = open_review(
        kind=kind,
        key=f"event:{event.pk}",
        detail=f"The provider reports {event.type} of {event.object_id}.",
        company_id=payment.company_id if payment else event.company_id,
        amount=_amount(hint),
        payment=payment,
        event=event,
    )
    _end_applied(event, payment, review)


def _ignore(event: GatewayEvent, hint: Hint | None) -> None:
    _end(event, State.IGNORED, "Not about money.")


APPLY: dict[str, Callable[[GatewayEvent, Hint | None], None]] = {
    "payment": _apply_to_payment,
    "refund": _apply_to_refund,
    "dispute": _apply_to_dispute,
    "credit": _apply_to_credit,
    "payout": _apply_to_transfer,
}


def _hint(event: GatewayEvent) -> Hint | None:
    """What the event says, read again from its bytes. None unless it is signed: then only a fetch counts.

    Signatures age with their secret: an event that was verified when it came, and cannot be any more, is a hint to
    fetch like an unsigned one.
    """
    said = _read_again(event) if event.trusted else None
    return said.hint if said is not None and said.trusted else None


def _named(event: GatewayEvent) -> ProviderRef | None:
    """How an unsigned event names the object; a fetch under this name verifies it."""
    said = _read_again(event)
    return said.hint.ref if said is not None and isinstance(said.hint, PaymentSnapshot) else None


def _read_again(event: GatewayEvent) -> ProviderEvent | None:
    gateway = _gateway(event)
    if gateway is None or not (event.body or event.query):  # nothing is left of it once a person was forgotten
        return None
    inbound = Inbound(
        method=event.method,
        path=event.path,
        query=event.query,
        headers=event.headers,
        body=bytes(event.body),
        remote_ip="",
        token_ok=event.token_ok,
        received_at=event.received_at or event.created_at,
    )
    try:
        parsed = call(gateway.parse_inbound, inbound).events
    except BadSignature:
        return None
    return next((each for each in parsed if each.dedupe_key == event.dedupe_key), None)


def _gateway(event: GatewayEvent) -> PaymentProvider | None:
    try:
        return find_gateway(provider=event.provider, account=event.account, company_id=event.company_id)
    except Misconfigured:
        return None


def _bank(event: GatewayEvent) -> CreditSource | None:
    try:
        return find_credit_source(source=event.provider, account=event.account)
    except Misconfigured:
        return None


def _find_payment(event: GatewayEvent, object_id: str, our_id: str) -> Payment | None:
    """By the provider's id, else by ours where the provider echoes it, else, unsigned, by the address that it came
    to, if that payment's object was never named to us; only within the event's own account."""
    payments = _within(event, Payment.objects.system("gateway event"))
    found = payments.filter(object_id=object_id).first() if object_id else None
    if found is None and object_id:
        # Chargebacks, and refunds made in the dashboard, may name the charge alone.
        # Any of its charges, of which there may be several.
        charges = Charge.objects.system("gateway event").filter(
            provider=event.provider, account=event.account, charge_id=object_id
        )
        found = payments.filter(pk__in=charges.values("payment_id")).first()
    if found is None and (ours := _uuid(our_id)):
        found = payments.filter(pk=ours).first()
    if found is None and not event.trusted and event.addressed_to_id is not None:
        found = payments.filter(pk=event.addressed_to_id, object_id="").first()
    return found


def _within(event: GatewayEvent, payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Only the event's own account, and only its company's where a company has connected it."""
    found = payments.filter(provider=event.provider, account=event.account)
    return found if event.company_id is None else found.filter(company_id=event.company_id)


def _find_refund(event: GatewayEvent) -> Refund | None:
    refunds = (
        Refund.objects.system("gateway event")
        .select_related("payment")
        .filter(payment__in=_within(event, Payment.objects.system("gateway event")))
    )
    found = refunds.filter(provider_id=event.object_id).first() if event.object_id else None
    if found is None and (ours := _uuid(event.our_id)):
        found = refunds.filter(pk=ours).first()
    return found


def _find_transfer(event: GatewayEvent) -> Transfer | None:
    rows = Transfer.objects.system("gateway event").filter(provider=event.provider, account=event.account)
    if event.company_id is not None:
        rows = rows.filter(company_id=event.company_id)
    found = rows.filter(provider_id=event.object_id).first() if event.object_id else None
    if found is None and (ours := _uuid(event.our_id)):
        found = rows.filter(pk=ours).first()
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _amount(hint: Hint | None) -> Money | None:
    return hint.amount if hint is not None else None


def _end_applied(event: GatewayEvent, payment: Payment | None, review: ReviewItem | None) -> None:
    event.payment = payment
    _end(event, State.QUARANTINED if review else State.APPLIED, review.detail if review else "")


def _end(event: GatewayEvent, state: GatewayEvent.State, note: str) -> None:
    event.state = state
    event.note = note
    event.applied_at = clock.now() if state == State.APPLIED else None
    event.save(update_fields=["state", "note", "payment", "transfer", "applied_at", "updated_at"])
    if state == State.APPLIED:
        # What nobody understood, or belonged to nobody, when it came.
        items = ReviewItem.objects.filter(event=event, kind=ReviewItem.Kind.UNKNOWN_OBJECT)
        resolve_reviews(actor=Actor.system("read again"), items=items, resolution="Read again, and applied.")
