"""Which reminders are due, by the database's clock."""

from datetime import timedelta

from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from freehold.bookings.models import Booking, BookingChange
from freehold.core.clock import DatabaseNow
from freehold.domain.booking_states import BookingState
from freehold.finance.selectors import something_owed
from freehold.messaging.models import Reminder
from freehold.payments.selectors import something_in_review

BEFORE_ARRIVAL = {Reminder.Kind.ARRIVAL: timedelta(days=3), Reminder.Kind.BALANCE: timedelta(days=7)}
"""How long before the arrival each kind is due."""


def bookings_to_remind(kind: Reminder.Kind) -> QuerySet[Booking]:
    """Confirmed bookings whose reminder is due and not given, the next arrival first.

    What was agreed later than the reminder's moment was just told in full and needs none, and neither does an arrival
    that is over. After other dates were agreed the same holds for the new arrival. Nobody is asked for a balance while
    what they paid lies with somebody for review: that reminder is due when this is decided.
    """
    before = BEFORE_ARRIVAL[kind]
    changed_at = (
        BookingChange.objects.filter(booking=OuterRef("pk"), state=BookingChange.State.APPLIED)
        .order_by()
        .values("booking")
        .annotate(latest=Max("applied_at"))
        .values("latest")
    )
    given = Reminder.objects.filter(booking=OuterRef("pk"), kind=kind, arrives_at=OuterRef("starts_at"))
    due = (
        Booking.objects.system("reminders")
        .filter(state=BookingState.CONFIRMED, starts_at__gt=DatabaseNow(), starts_at__lte=DatabaseNow() + before)
        .annotate(agreed_at=Greatest("confirmed_at", Coalesce(Subquery(changed_at), F("confirmed_at"))))
        .filter(~Exists(given), agreed_at__lt=F("starts_at") - before)
        .order_by("starts_at", "pk")
    )
    if kind == Reminder.Kind.BALANCE:
        folio = OuterRef("folio_id")
        return due.filter(something_owed(folio), ~something_in_review(folio))
    return due
