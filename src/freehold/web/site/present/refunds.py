"""Where a refund stands, as its guest reads it."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from freehold.domain.money import Money
from freehold.domain.payment_states import RefundState
from freehold.payments.models import Refund
from freehold.web.site.present.changes import StoryEvent
from freehold.web.ui import formats

REFUNDS_GONE = frozenset({RefundState.FAILED, RefundState.CANCELLED})
REFUNDS_DONE = frozenset({RefundState.SUCCEEDED, RefundState.CHARGED_BACK})


def refund_event(refund: Refund) -> StoryEvent:
    return StoryEvent(_refund_words(refund), _refund_moment(refund))


def _refund_words(refund: Refund) -> str:
    amount = {"amount": formats.money(Money(refund.amount_minor, refund.currency))}
    if refund.state in REFUNDS_GONE:
        text = gettext("The refund of %(amount)s came back from your bank. It is still yours: we are looking into it.")
        return text % amount
    if refund.state == RefundState.SUCCEEDED:
        return gettext("A refund of %(amount)s was sent. Banks take a few days.") % amount
    if refund.state == RefundState.CHARGED_BACK:
        return gettext("Your bank gave you %(amount)s back: that was the refund.") % amount
    return gettext("A refund of %(amount)s is being sent.") % amount


def _refund_moment(refund: Refund) -> datetime:
    if refund.state in REFUNDS_GONE:
        return refund.updated_at
    return refund.succeeded_at or refund.created_at
