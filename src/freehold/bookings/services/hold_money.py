"""The guest's bank holds what a booking needs: it confirms, it is taken, or it waits for the host. Never forgotten."""

from datetime import timedelta

from django.db import transaction

from freehold.bookings.events import RequestAccepted
from freehold.bookings.locking import lock_booking_row
from freehold.bookings.models import Booking
from freehold.bookings.selectors import reads_as
from freehold.bookings.services.confirm_booking import confirm_locked
from freehold.core import clock
from freehold.core.errors import BadInput
from freehold.core.events import announce
from freehold.domain.booking_states import HOLDING, BookingState
from freehold.domain.capturing import CaptureWhen, confirms
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.domain.shares import still_due
from freehold.finance.models import Folio
from freehold.finance.selectors import folio_balance
from freehold.finance.services.lock_folio import lock_folio
from freehold.inventory.errors import ClaimLapsed
from freehold.payments.events import PaymentAuthorized, PaymentFailed
from freehold.payments.models import Payment, ReviewItem
from freehold.payments.selectors import get_payment, held_money, payment_for_update
from freehold.payments.services.end_pay_links import end_pay_links
from freehold.payments.services.let_go import let_go
from freehold.payments.services.open_review import open_review
from freehold.payments.services.request_capture import request_capture

TAKE_BEFORE_END = timedelta(hours=24)
BATCH = 100
ARRIVING = (BookingState.CONFIRMED, BookingState.IN_HOUSE, BookingState.COMPLETED)


def capture_when(booking: Booking) -> CaptureWhen:
    """As it was agreed with the booking."""
    return CaptureWhen(booking.terms.get("capture", CaptureWhen.AT_ONCE))


def held_payment(folio: Folio) -> Payment | None:
    """What a bank holds for the folio, and nobody has decided about yet."""
    held = folio.payments.filter(
        state=PaymentState.AUTHORIZED, capture=Payment.Capture.MANUAL, capture_minor=None, let_go_at=None
    )
    return held.order_by("-attempt").first()


def receive_authorization(event: PaymentAuthorized) -> None:
    """In-transaction listener. A folio that is no booking's is not for this."""
    found = Booking.objects.system("money held").filter(folio_id=event.folio_id).only("pk").first()
    if found is None:
        return
    folio, booking = lock_folio(event.folio_id), lock_booking_row(found.pk)
    use_held_locked(folio=folio, booking=booking, payment=payment_for_update(event.payment_id))


def use_held_locked(*, folio: Folio, booking: Booking, payment: Payment) -> None:
    """A request waits for its answer. A hold is confirmed by what is held, or by its capture; what comes for anything
    else is let go. Needs all three locked."""
    state = reads_as(booking, at=clock.database_now())
    if state is BookingState.REQUESTED:
        return
    if state not in HOLDING or booking.booker.erased_at is not None:
        let_go(payments=[payment])
        return
    if _is_too_little(folio, booking, payment):
        let_go(payments=[payment])
        return
    until = payment.authorized_until or clock.now()
    if not confirms(capture_when(booking), held_until=until, starts_at=booking.starts_at):
        request_capture(payment_id=payment.pk)
        return
    try:
        with transaction.atomic():
            confirm_locked(folio=folio, booking=booking)
    except ClaimLapsed:
        booking.refresh_from_db()
        let_go(payments=[payment])
        return
    end_pay_links(folio_id=folio.pk, only_shares=True)


def _is_too_little(folio: Folio, booking: Booking, payment: Payment) -> bool:
    """Whether something of what confirms is missing even with this: what others had paid went back meanwhile, say."""
    due = Money(booking.due_now_minor, booking.currency)
    return still_due(due, arrived=folio_balance(folio.pk).settled).minor > payment.amount_minor


def take_on_arrival_locked(*, folio: Folio, booking: Booking) -> None:
    """The guest is there: of what was held until then so much is taken as is owed. What is taken by hand waits for the
    hand."""
    if capture_when(booking) is CaptureWhen.CHECK_IN and (held := held_payment(folio)) is not None:
        _take(held, folio_balance(folio.pk).owed)


def take_missed_locked(*, folio: Folio, booking: Booking, price: Money) -> None:
    """Nobody came: of what is held so much is taken as the terms keep, and the rest is let go."""
    held = held_payment(folio)
    if held is not None and price.minor:
        _take(held, price)


def _take(held: Payment, wanted: Money) -> None:
    """Takes so much of what is held, or lets it go where nothing is wanted. Needs the folio locked."""
    if not wanted.minor:
        let_go(payments=[held])
        return
    try:
        request_capture(payment_id=held.pk, amount=min(wanted, Money(held.amount_minor, held.currency)))
    except BadInput:
        # All or nothing: what is too much goes back as any money that is not owed.
        request_capture(payment_id=held.pk)


def take_held_money() -> int:
    """A job: what is taken on arrival is taken when the stay begins, or a day before the bank would let it go, whether
    or not anybody tapped a check-in. Returns for how many."""
    held = Payment.objects.system("held money").filter(
        state=PaymentState.AUTHORIZED,
        capture=Payment.Capture.MANUAL,
        purpose=Payment.Purpose.CHARGE,
        capture_minor=None,
        let_go_at=None,
    )
    bookings = Booking.objects.system("held money").filter(
        state__in=ARRIVING, terms__capture=CaptureWhen.CHECK_IN.value, folio_id__in=held.values("folio_id")
    )
    begun = bookings.filter(starts_at__lte=clock.DatabaseNow())
    ending = bookings.filter(
        folio_id__in=held.filter(authorized_until__lte=clock.DatabaseNow() + TAKE_BEFORE_END).values("folio_id")
    )
    taken = 0
    for booking_id in list((begun | ending).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            folio_id = bookings.values_list("folio_id", flat=True).filter(pk=booking_id).first()
            if folio_id is None:
                continue
            take_on_arrival_locked(folio=lock_folio(folio_id), booking=lock_booking_row(booking_id))
            taken += 1
    return taken


def lose_authorization(event: PaymentFailed) -> None:
    """In-transaction: what was held is held no more. Of a booking that stands on it a person has to know; who was
    accepted is asked to pay in another way."""
    payment = get_payment(event.payment_id)
    if payment.capture != Payment.Capture.MANUAL or payment.authorized_at is None:
        return
    booking = Booking.objects.system("held money lost").filter(folio_id=event.folio_id).first()
    if booking is None:
        return
    if booking.state in HOLDING and booking.answered_at is not None:
        announce(RequestAccepted(booking_id=booking.pk))
        return
    if booking.state not in ARRIVING or not folio_balance(booking.folio_id).owed.minor:
        return
    if payment.let_go_at is not None and not _stood_on_it(booking):
        return
    amount = Money(payment.amount_minor, payment.currency)
    open_review(
        kind=ReviewItem.Kind.AUTHORIZATION_ENDS,
        key=f"authorization_lost:{payment.pk}",
        detail=f"{amount} was held for {booking.reference} and never taken: the bank has let it go. It is owed.",
        company_id=booking.company_id,
        amount=amount,
        payment=payment,
    )


def _stood_on_it(booking: Booking) -> bool:
    """Whether what confirmed the booking is not there any more, now that this is gone: neither paid nor held."""
    due, nothing = Money(booking.due_now_minor, booking.currency), Money.zero(booking.currency)
    there = folio_balance(booking.folio_id).settled + (held_money(folio_id=booking.folio_id) or nothing)
    return still_due(due, arrived=there).is_positive
