"""An approved payment to a payee becomes a transfer at one provider's account: from here on nobody cancels it."""

from uuid import UUID

import structlog
from django.db import transaction

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.core.events import announce
from freehold.domain.outgoing_states import OutgoingState
from freehold.finance.destinations import BY_HAND, shape_of
from freehold.finance.events import OutgoingApproved
from freehold.finance.models import Outgoing
from freehold.finance.outgoings import amount_of, get_outgoing
from freehold.finance.policies import MAKE
from freehold.finance.services.follow_transfer import begin_sending
from freehold.payments.accounts import choose_gateway, new_notify_token
from freehold.payments.gateways import check_amount
from freehold.payments.models import ReviewItem, Transfer
from freehold.payments.schedule import first_look
from freehold.payments.services.open_review import open_review
from freehold.ports.payment_gateway import Misconfigured, PaymentProvider

log = structlog.get_logger(__name__)

PURPOSES = {Outgoing.Kind.PAYOUT: "owner_payout", Outgoing.Kind.EXPENSE: "expense"}


def begin_transfer(*, outgoing_id: UUID) -> Transfer | None:
    """The transfer of an approved outgoing, begun if there is none. None for what people carry, for what was cancelled,
    and while no account of the company can pay it: then it waits, and a person is told."""
    outgoing = get_outgoing(outgoing_id)
    known = Transfer.objects.company(outgoing.company_id).filter(outgoing_id=outgoing_id).first()
    if known is not None or outgoing.destination.provider in BY_HAND or outgoing.state != OutgoingState.APPROVED:
        return known
    try:
        gateway = payer_of(outgoing)
    except (BadInput, Misconfigured) as error:
        _tell_somebody(outgoing, error.code or "")
        return None
    try:
        return _begin(outgoing, gateway)
    except Conflict as refusal:  # cancelled, or begun, just now
        log.info("transfer_not_begun", outgoing_id=str(outgoing_id), reason=refusal.code)
        return Transfer.objects.company(outgoing.company_id).filter(outgoing_id=outgoing_id).first()


def payer_of(outgoing: Outgoing) -> PaymentProvider:
    """The account from which this is paid. Raises BadInput when there is none, or it takes no such amount, and
    Misconfigured."""
    gateway = choose_gateway(company_id=outgoing.company_id, provider=outgoing.destination.provider)
    if not gateway.caps.payout:
        raise BadInput("This provider pays nobody out for this company.", code="no_payouts", attr="destination_id")
    check_amount(gateway.caps, amount_of(outgoing))
    return gateway


def send_again(*, actor: Actor, outgoing_id: UUID) -> Outgoing:
    """Puts an approved outgoing that waits for its account into the queue once more; again is harmless.

    Raises NotFound, AccessDenied, Conflict `outgoing_<state>`."""
    actor.own_hand()
    outgoing = get_outgoing(outgoing_id)
    require(actor=actor, permission=MAKE, company_id=outgoing.company_id)
    if outgoing.state != OutgoingState.APPROVED or outgoing.destination.provider in BY_HAND:
        raise Conflict("Nothing waits to be sent here.", code=f"outgoing_{outgoing.state}")
    with transaction.atomic():
        announce(OutgoingApproved(outgoing_id=outgoing.pk))
    return outgoing


def _begin(outgoing: Outgoing, gateway: PaymentProvider) -> Transfer:
    purpose = PURPOSES[Outgoing.Kind(outgoing.kind)]
    shape = shape_of(outgoing.destination.provider, outgoing.destination.shape)
    with transaction.atomic():
        begun = begin_sending(outgoing_id=outgoing.pk)
        return Transfer.objects.create(
            company_id=begun.company_id,
            outgoing=begun,
            provider=gateway.slug,
            account=gateway.account,
            purpose=purpose,
            is_keyless=shape.keyless or purpose in gateway.caps.keyless_payouts,
            currency=begun.currency,
            amount_minor=begun.amount_minor,
            notify_token=new_notify_token(),
            next_fetch_at=first_look(clock.now()),
        )


def _tell_somebody(outgoing: Outgoing, code: str) -> None:
    open_review(
        kind=ReviewItem.Kind.GATEWAY_PROBLEM,
        key=f"payout:{outgoing.pk}:{outgoing.version}:{clock.now():%Y-%m-%d}",
        detail=f"{outgoing.reference} is approved and cannot be sent ({code or 'no account'}). "
        "Connect an account that pays out and send it, or cancel it.",
        company_id=outgoing.company_id,
        amount=amount_of(outgoing),
    )
