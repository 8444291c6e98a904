"""A person looked, and says what was done."""

from typing import Any
from uuid import UUID

from django.db.models import Manager, QuerySet

from freehold.companies import policies
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict, NotFound
from freehold.domain.payment_states import PayoutState, RefundState
from freehold.payments.models import ReviewItem
from freehold.payments.selectors import undecided_money

TRANSFER_IS_OPEN = (PayoutState.CREATED, PayoutState.UNKNOWN, PayoutState.PENDING)
NOT_SENT = (RefundState.CREATED, RefundState.UNKNOWN)


def resolve_review(*, actor: Actor, item_id: UUID, resolution: str) -> ReviewItem:
    """Closes the item with a note.

    Raises NotFound, AccessDenied, BadInput for an empty note, and Conflict while the payment holds money that is
    neither settled nor on its way back (`money_undecided`), or the refund that it asks for was not recorded
    (`refund_not_sent`), or nobody said whether a transfer went (`transfer_undecided`): a note moves no money.
    """
    item = ReviewItem.objects.select_related("refund", "transfer").filter(pk=item_id).first()
    if item is None:
        raise NotFound
    check_reviewer(actor, item)
    if not resolution.strip():
        raise BadInput("Say what was done.", code="required", attr="resolution")
    if item.kind == ReviewItem.Kind.REFUND_BY_HAND and item.refund is not None and item.refund.state in NOT_SENT:
        raise Conflict("Send the money back by hand, and record how: that closes this.", code="refund_not_sent")
    if item.transfer is not None and item.kind == ReviewItem.Kind.NO_ANSWER and item.transfer.state in TRANSFER_IS_OPEN:
        raise Conflict("Say on its page whether the money went: that closes this.", code="transfer_undecided")
    if item.payment_id is not None and (undecided := undecided_money(item.payment_id)).is_positive:
        raise Conflict(
            f"{undecided} of this payment is neither settled nor on its way back. Decide about it first: "
            "the list of review items has the action “Send the money back”, the list of refunds “Try again”.",
            code="money_undecided",
        )
    resolve_reviews(actor=actor, items=ReviewItem.objects.filter(pk=item_id), resolution=resolution.strip())
    item.refresh_from_db()
    return item


def resolve_reviews(*, actor: Actor, items: QuerySet[ReviewItem] | Manager[ReviewItem] | Any, resolution: str) -> None:
    """Closes those that are still open; the first word stands."""
    items.filter(resolved_at=None).update(
        resolved_at=clock.now(), resolved_by_id=actor.user_id, resolution=resolution, updated_at=clock.now()
    )


def check_reviewer(actor: Actor, item: ReviewItem) -> None:
    """Raises NotFound or AccessDenied. An item of no company is for the platform's administrators."""
    if item.company_id is not None:
        policies.require(actor=actor, permission="payments.review", company_id=item.company_id)
    elif not actor.is_system and (actor.user is None or not actor.user.is_superuser):
        raise AccessDenied("Only an administrator of the platform may do this.")
