"""What the money desk of a company shows: its payments, one of them with all that happened, and what waits."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, Q, QuerySet

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.finance.models import JournalEntry
from freehold.payments.models import Charge, Credit, Dispute, GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.allocate_credit import UNDECIDED
from freehold.payments.stuck import Stuck, stuck_things

MOST_WORDS = 100
MOST_WAITING = 200
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class WantedPayments:
    """Days are those on which the attempt was made."""

    state: str = ""
    provider: str = ""
    first: date | None = None
    last: date | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody has to look at: questions, money that nobody knows, and what does not move on."""

    reviews: list[ReviewItem]
    credits: list[Credit]
    stuck: list[Stuck]

    @property
    def count(self) -> int:
        return len(self.reviews) + len(self.credits) + len(self.stuck)


def company_payments(*, actor: Actor, company_id: UUID, wanted: WantedPayments, zone: str) -> QuerySet[Payment]:
    """The latest first; days are those of the time zone. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="payments.view", company_id=company_id)
    found = Payment.objects.company(company_id).select_related("folio", "company").order_by("-created_at", "-id")
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.provider:
        found = found.filter(provider=wanted.provider)
    if wanted.first is not None:
        found = found.filter(created_at__gte=_midnight(wanted.first, zone))
    if wanted.last is not None:
        found = found.filter(created_at__lt=_midnight(wanted.last + timedelta(days=1), zone))
    if words := wanted.words.strip()[:MOST_WORDS]:
        named = Charge.objects.company(company_id).filter(charge_id__icontains=words).values("payment_id")
        told = Credit.objects.filter(company_id=company_id, payment__isnull=False, external_id__icontains=words).values(
            "payment_id"
        )
        is_named = Q(pk__in=named) | Q(pk__in=told)
        found = found.filter(Q(folio__reference__icontains=words) | Q(object_id__icontains=words) | is_named)
    open_ones = Count("review_items", filter=Q(review_items__resolved_at=None), distinct=True)
    return found.annotate(waiting=open_ones)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone))


def company_payment(*, actor: Actor, company_id: UUID, payment_id: UUID) -> Payment:
    """With all that hangs on it. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="payments.view", company_id=company_id)
    events = GatewayEvent.objects.defer("body", "headers").order_by("created_at")
    payment = (
        Payment.objects.company(company_id)
        .select_related("folio", "company")
        .prefetch_related(
            Prefetch("charges", Charge.objects.company(company_id).order_by("number")),
            Prefetch("refunds", Refund.objects.company(company_id).order_by("created_at")),
            Prefetch("disputes", Dispute.objects.company(company_id).order_by("created_at")),
            Prefetch("events", events),
            Prefetch("review_items", ReviewItem.objects.order_by("created_at")),
            Prefetch("credits", Credit.objects.order_by("created_at")),
        )
        .filter(pk=payment_id)
        .first()
    )
    if payment is None:
        raise NotFound
    return payment


def entries_of(payment: Payment) -> list[JournalEntry]:
    """What the books say on the payment's folio, oldest first."""
    entries = JournalEntry.objects.company(payment.company_id).filter(folio_id=payment.folio_id)
    return list(entries.prefetch_related("postings__account").order_by("occurred_at", "id")[:MOST_ENTRIES])


def company_credits(*, actor: Actor, company_id: UUID, state: str = "") -> QuerySet[Credit]:
    """Those of one state; else those that wait for somebody. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="payments.review", company_id=company_id)
    return Credit.objects.filter(company_id=company_id, state__in=[state] if state else UNDECIDED)


def what_waits(*, actor: Actor, company_id: UUID) -> Waiting:
    """The oldest first: it has waited longest. Raises NotFound, AccessDenied."""
    require(actor=actor, permission="payments.review", company_id=company_id)
    reviews = ReviewItem.objects.filter(company_id=company_id, resolved_at=None)
    credits = Credit.objects.filter(company_id=company_id, state__in=UNDECIDED)
    return Waiting(
        reviews=list(
            reviews.select_related("payment", "payment__folio", "refund").order_by("created_at", "id")[:MOST_WAITING]
        ),
        credits=list(credits.order_by("created_at", "id")[:MOST_WAITING]),
        stuck=stuck_things(company_id=company_id, moment=clock.now()),
    )
