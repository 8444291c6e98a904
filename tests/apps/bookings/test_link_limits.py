"""Links are mails to strangers: no way round a confirmed address, not without end, and only with plain words."""

import pytest
from allauth.account.models import EmailAddress

from freehold.bookings.models import Booking
from freehold.bookings.services import link_limits
from freehold.bookings.services.pay_by_link import start_link_payment
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.bookings.services.take_back_pay_link import take_back_pay_link
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, TooManyRequests
from freehold.core.ratelimit import RateLimit
from freehold.payments.models import PayLink
from freehold.payments.pay_links import token_of
from tests.factories import ListingFactory, MembershipFactory
from tests.support.booked import hold

pytestmark = pytest.mark.django_db

PAYER = "ben@friends.example"


@pytest.fixture
def booking() -> Booking:
    return hold(ListingFactory())


def send(booking: Booking, actor: Actor | None = None, **options: str) -> PayLink:
    return send_pay_link(actor=actor or Actor.of(booking.booker), booking_id=booking.pk, **options)


def split(booking: Booking, *emails: str) -> list[PayLink]:
    shares = [Share(payer_email=email) for email in emails]
    return split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=shares)


def pay(link: PayLink) -> None:
    start_link_payment(token=token_of(link.pk), provider="nobody", return_url="https://site.test/")


class TestConfirmedAddress:
    @pytest.fixture(autouse=True)
    def asks_for_it(self, booking: Booking) -> None:
        booking.company.requires_verified_contact = True
        booking.company.save()

    def test_who_has_confirmed_nothing_has_nobody_pay_for_them(self, booking: Booking) -> None:
        for attempt in (lambda: send(booking), lambda: split(booking, "", "")):
            with pytest.raises(Conflict) as refusal:
                attempt()
            assert refusal.value.code == "verify_contact_first"
        assert not PayLink.objects.system("test").exists()

    def test_a_link_that_was_made_before_waits_for_it(self, booking: Booking) -> None:
        booking.company.requires_verified_contact = False
        booking.company.save()
        link = send(booking)
        booking.company.requires_verified_contact = True
        booking.company.save()
        with pytest.raises(Conflict) as refusal:
            pay(link)
        assert refusal.value.code == "verify_contact_first"
        EmailAddress.objects.update_or_create(
            user=booking.booker, email=booking.booker.email, defaults={"verified": True}
        )
        with pytest.raises(BadInput):  # there is no such provider
            pay(link)
        assert send(booking).pk

    def test_the_companys_own_people_may_ask_anybody(self, booking: Booking) -> None:
        staff = Actor.of(MembershipFactory(company=booking.company, role="staff").user)
        with pytest.raises(BadInput):
            pay(send(booking, staff))


def test_links_that_are_over_count_too(booking: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_limits, "MOST_EVER", 3)
    for _ in range(2):
        take_back_pay_link(actor=Actor.of(booking.booker), link_id=send(booking).pk)
    for attempt in (lambda: split(booking, "", ""), lambda: (send(booking), send(booking))):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "too_many_links"


def test_a_guest_sends_so_many_mails_a_day_by_links_and_by_shares(
    booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_limits, "MAILS_PER_GUEST", RateLimit(2, 86_400))
    split(booking, "a@x.example", "b@x.example")
    with pytest.raises(TooManyRequests):
        send(booking, payer_email=PAYER)
    with pytest.raises(TooManyRequests):
        split(booking, "a@x.example", "b@x.example")
    assert split(booking, "", "")


def test_nobody_is_written_to_without_end(booking: Booking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_limits, "MAILS_PER_ADDRESS", RateLimit(1, 86_400))
    split(booking, PAYER, "")
    with pytest.raises(TooManyRequests):
        split(booking, PAYER.upper(), "")


def test_strangers_read_words_and_no_addresses(booking: Booking) -> None:
    link = send(booking, payer_name="Ben\r\nhttps://evil.example/x", label="Prize at www.evil.example")
    assert (link.payer_name, link.label) == ("Ben", "Prize at")
    shares = [Share(payer_name="You won! http://evil.example"), Share()]
    first, _ = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=shares)
    assert first.payer_name == "You won!"
