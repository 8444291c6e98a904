"""What is to go back and cannot: nothing is dropped."""

import pytest

from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.payments.models import Refund, ReviewItem
from tests.factories import ListingFactory
from tests.support.booked import SYSTEM, confirmed

pytestmark = pytest.mark.django_db


def test_what_no_payment_has_left_to_give_back_is_put_in_front_of_a_person() -> None:
    booking, payment = confirmed(ListingFactory())
    Refund.objects.create(  # somebody gave a part back at the gateway, and the books do not know what for
        company_id=booking.company_id,
        payment=payment,
        folio_id=booking.folio_id,
        key="elsewhere",
        currency="USD",
        amount_minor=12_000,
        state="succeeded",
        reason="At the gateway.",
    )
    cancel_booking(actor=SYSTEM, booking_id=booking.pk)
    refunds = Refund.objects.system("test").filter(folio_id=booking.folio_id)
    assert [refund.amount_minor for refund in refunds.exclude(key="elsewhere")] == [18_000]
    item = ReviewItem.objects.get()
    assert (item.amount_minor, item.currency, item.payment, item.company) == (12_000, "USD", payment, booking.company)
    assert booking.reference in item.detail
