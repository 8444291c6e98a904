"""A payer writes a telephone number as people write it where the place is."""

from typing import Any

import pytest

from freehold.accounts.phones import example_phone, read_phone
from freehold.bookings.services import leave_deposit, pay_by_link, start_payment
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.telephones import read_payers_phone
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, NotFound
from freehold.payments.pay_links import token_of
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed, hold
from tests.support.deposits import arrived, bind_a_sandbox, booked_with_deposit

pytestmark = pytest.mark.django_db

WRITTEN = [
    ("KE", "0712 345 678", "+254712345678"),
    ("BD", "01712-345678", "+8801712345678"),
    ("IN", "98765 43210", "+919876543210"),
    ("US", "(617) 555-0123", "+16175550123"),
    ("KE", "+91 98765 43210", "+919876543210"),
]
BACK = {"provider": "sandbox", "return_url": "https://example.com/back"}


@pytest.mark.parametrize(("country", "written", "read"), WRITTEN)
def test_a_number_without_its_country_is_one_of_the_place(country: str, written: str, read: str) -> None:
    booking = hold(ListingFactory(property__country=country))
    assert read_payers_phone(written, booking=booking) == read


def test_nothing_written_is_no_number() -> None:
    assert read_payers_phone("  ", booking=hold(ListingFactory())) is None


@pytest.mark.parametrize("country", ["KE", "BD", "IN"])
def test_what_is_no_number_is_told_with_an_example_of_that_country(country: str) -> None:
    like = example_phone(country)
    assert read_phone(like).country == country
    with pytest.raises(BadInput) as refusal:
        read_phone("12", region=country)
    assert like in refusal.value.detail
    assert refusal.value.errors[0].attr == "phone"


class TestEveryWayToPay:
    """A balance, a pay link and a deposit ask the telephone that was meant."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        bind_a_sandbox()
        asked: list[str] = []

        def begin(**given: Any) -> None:
            asked.append(given["payer"].phone_e164)

        for module in (start_payment, pay_by_link, leave_deposit):
            monkeypatch.setattr(module, "start_payment", begin)
        return asked

    def test_the_booker_s(self, asked: list[str]) -> None:
        booking = hold(ListingFactory(property__country="KE"))
        start_payment.start_booking_payment(
            actor=Actor.of(booking.booker), booking_id=booking.pk, phone="0712345678", **BACK
        )
        assert asked == ["+254712345678"]

    def test_whoever_has_the_link(self, asked: list[str]) -> None:
        booking = hold(ListingFactory(property__country="BD"))
        link = send_pay_link(actor=Actor.of(booking.booker), booking_id=booking.pk)
        pay_by_link.start_link_payment(token=token_of(link.pk), phone="01712345678", **BACK)
        assert asked == ["+8801712345678"]

    def test_a_deposit(self, asked: list[str]) -> None:
        deposit = booked_with_deposit()
        place = deposit.booking.items.get().listing.property
        place.country = "IN"
        place.save()
        arrived(deposit)
        leave_deposit.start_deposit_payment(
            actor=Actor.of(deposit.booking.booker), booking_id=deposit.booking_id, phone="9876543210", **BACK
        )
        assert asked == ["+919876543210"]


def test_a_stranger_hears_nothing_of_the_country() -> None:
    booking, _ = confirmed(ListingFactory())
    with pytest.raises(NotFound):
        start_payment.start_booking_payment(actor=Actor.of(UserFactory()), booking_id=booking.pk, phone="12", **BACK)
