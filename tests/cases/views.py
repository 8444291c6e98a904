"""What a case looks at, and the few things that only cases do."""

from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.finance.models import JournalEntry
from freehold.payments.accounts import gateway_of
from freehold.payments.gateways import reference_of
from freehold.payments.models import Payment, Refund
from tests.support.gateways.inn import Inn

PRICE = 30_000
"""Three nights."""

OBJECTS = {
    "stripe": "SELECT count(*) FROM thing WHERE kind = 'checkout.session'",
    "razorpay": "SELECT count(*) FROM orders",
    "bkash": "SELECT count(*) FROM payment",
    "mpesa": "SELECT count(*) FROM push",
}


def objects(inn: Inn) -> int:
    """How many payments were begun at the provider."""
    return int(inn.till.rows(OBJECTS[inn.till.slug])[0][0])


def held(inn: Inn, slug: str = "") -> int:
    """What the provider holds for us, net of refunds, in the currency of its till."""
    till = inn.tills[slug or inn.till.slug]
    return inn.books().get((till.slug, till.currency), 0)


def state_of(booking: Booking) -> str:
    booking.refresh_from_db()
    return str(booking.state)


def entries(booking: Booking, kind: str = "payment_received") -> int:
    """How often something of this kind stands in the books of the booking."""
    return JournalEntry.objects.system("cases").filter(folio_id=booking.folio_id, kind=kind).count()


def opened(inn: Inn) -> tuple[Booking, Payment]:
    booking = inn.book()
    return booking, inn.pay(booking)


def pay_unseen(inn: Inn, payment: Payment, deed: str = "lost_webhook") -> None:
    """The provider has the money, and nobody here knows. bKash takes it when it is told to: whoever told it has died
    before the answer was kept."""
    inn.reload(payment)
    brought = inn.act(payment, deed, comes_back=False)
    if payment.provider == "bkash":
        gateway_of(payment).complete_return(reference_of(payment), brought)


def ask(inn: Inn, *rows: Payment | Refund) -> None:
    """The reconciler's turn comes, and answers that M-Pesa tells by message a little later come too."""
    inn.work()
    for row in rows:
        type(row).objects.system("cases").filter(pk=row.pk).update(next_fetch_at=clock.now())
    inn.settle()
    if "mpesa" in inn.tills:
        inn.advance(0.1)
        inn.settle()
    for row in rows:
        row.refresh_from_db()
