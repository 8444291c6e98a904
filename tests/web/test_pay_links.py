"""The pages of pay links, of a balance, and of sharing a payment."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.send_pay_link import send_pay_link
from freehold.bookings.services.split_payment import Share, split_payment
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.ratelimit import RateLimit
from freehold.domain.money import Money
from freehold.domain.payment_states import PaymentState
from freehold.domain.shares import LinkState
from freehold.payments.models import PayLink, Payment
from freehold.payments.pay_links import links_of, state_of, token_of
from freehold.web.site.present.pay_links import ShownLink
from freehold.web.site.present.providers import ProviderChoice
from freehold.web.site.views import pay_link
from tests.factories import ListingFactory, UserFactory
from tests.support.booked import confirmed, hold, money_comes, open_attempt
from tests.support.promises import broken_promises
from tests.support.stays import let_the_hold_lapse

pytestmark = pytest.mark.django_db

MOST_QUERIES = 17


@pytest.fixture
def booker(client: Client) -> User:
    booker: User = UserFactory(first_name="Adalbert", last_name="Bookerson", email="adalbert@bookers.example")
    return booker


@pytest.fixture
def booking(booker: User) -> Booking:
    return hold(ListingFactory(title="Flat by the river"), booker=booker)


def a_link(booking: Booking, **options: Any) -> PayLink:
    return send_pay_link(actor=Actor.of(booking.booker), booking_id=booking.pk, **options)


def at(link: PayLink, name: str = "pay_link") -> str:
    return reverse(f"site:{name}", args=[token_of(link.pk)])


def with_a_balance(booker: User) -> Booking:
    listing = ListingFactory(payment_terms="deposit", rate_plan__deposit_basis_points=2_000)
    booking, _ = confirmed(listing, booker=booker)
    return booking


class TestThePageOfALink:
    def test_it_says_what_is_paid_to_whom_and_nothing_of_the_booker(self, client: Client, booking: Booking) -> None:
        answer = client.get(at(a_link(booking)))
        assert answer.status_code == 200
        for shown in ("$300.00", booking.company.name, "Flat by the river", booking.reference, "Pay with"):
            assert shown in answer.text
        for kept in ("Bookerson", "Adalbert", "adalbert@", booking.items.get().listing.property.street or "nowhere"):
            assert kept not in answer.text
        assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")

    def test_without_an_account_a_telephone_is_typed(self, rf: RequestFactory) -> None:
        request = rf.get("/")
        request.user = AnonymousUser()
        by_phone = ProviderChoice("mpesa", "M-Pesa", "", needs_phone=True)
        shown = render_to_string("site/pay_options.html", {"providers": [by_phone], "typed": {}}, request=request)
        assert 'id="phone-mpesa" name="phone"' in shown
        assert 'value=""' in shown

    def test_it_costs_few_queries_however_many_links_there_are(
        self, client: Client, booking: Booking, django_assert_max_num_queries: Any
    ) -> None:
        links = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share()] * 12)
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(at(links[0])).status_code == 200

    @pytest.mark.parametrize("token", ["x", "0" * 64, "é" * 40, "a" * 3000])
    def test_an_address_that_nobody_gave_out_is_not_there(self, client: Client, token: str) -> None:
        assert client.get(reverse("site:pay_link", args=[token])).status_code == 404
        assert client.post(reverse("site:pay_link", args=[token]), {"provider": "sandbox"}).status_code == 404

    def test_who_tries_many_addresses_is_slowed_down(
        self, client: Client, booking: Booking, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pay_link, "PER_ADDRESS", RateLimit(2, 600))
        statuses = [client.get(reverse("site:pay_link", args=["guess"])).status_code for _ in range(3)]
        assert statuses == [404, 404, 429]

    def test_a_paid_link_is_a_receipt(self, client: Client, booking: Booking) -> None:
        link = a_link(booking)
        money_comes(open_attempt(booking, link=link))
        text = client.get(at(link)).text
        assert "Paid. Thank you!" in text
        assert 'name="provider"' not in text
        refused = client.post(at(link), {"provider": "sandbox"})
        assert (refused.status_code, Payment.objects.system("test").filter(link=link).count()) == (409, 1)

    def test_a_share_that_is_paid_waits_for_the_others_in_words(self, client: Client, booking: Booking) -> None:
        first, _ = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share(), Share()])
        assert "All that is missing" in client.get(at(first)).text
        money_comes(open_attempt(booking, link=first))
        assert "as soon as the others have paid" in client.get(at(first)).text

    def test_who_paid_all_that_was_missing_reads_how_much_that_was(self, client: Client, booking: Booking) -> None:
        """On the receipt, in its title and at its side, and in the booker's list."""
        first, second = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share(), Share()])
        attempt = open_attempt(booking, link=first)
        Payment.objects.system("test").filter(pk=attempt.pk).update(amount_minor=30_000)
        attempt.refresh_from_db()
        money_comes(attempt)
        text = client.get(at(first)).text
        assert "$300.00 paid to" in text
        assert "$150.00" not in text
        client.force_login(booking.booker)
        listed = [ShownLink(link).amount.minor for link in links_of(booking.folio_id)]
        assert listed == [30_000, second.amount_minor]

    def test_the_booker_does_not_read_that_they_paid_what_others_did(self, client: Client, booking: Booking) -> None:
        first, _ = split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share(), Share()])
        money_comes(open_attempt(booking, link=first))
        own = open_attempt(booking)
        Payment.objects.system("test").filter(pk=own.pk).update(amount_minor=15_000)
        own.refresh_from_db()
        money_comes(own)
        client.force_login(booking.booker)
        story = client.get(reverse("site:trip", args=[booking.reference])).text
        assert story.count("$150.00 came by a pay link.") == 1
        assert story.count("You paid $150.00.") == 1
        confirmed_page = client.get(reverse("site:confirmed", args=[booking.reference])).text
        assert "</span> is paid." in confirmed_page
        assert "You paid" not in client.get(reverse("site:cancel", args=[booking.reference])).text

    def test_when_the_hold_is_over_nobody_is_asked_to_pay(self, client: Client, booking: Booking) -> None:
        link = a_link(booking)
        let_the_hold_lapse()
        answer = client.get(at(link))
        assert "Nothing is to be paid" in answer.text
        assert 'name="provider"' not in answer.text
        assert client.post(at(link), {"provider": "sandbox"}).status_code == 409

    def test_a_payer_who_left_the_payment_page_may_try_again(self, client: Client, booking: Booking) -> None:
        link = a_link(booking)
        attempt = open_attempt(booking, link=link)
        Payment.objects.system("test").filter(pk=attempt.pk).update(state=PaymentState.CANCELLED)
        assert client.get(at(link, "pay_link_returned"))["Location"] == at(link)
        assert "You left the payment page" in client.get(at(link)).text

    def test_a_prompt_that_was_cancelled_is_told_as_such(self, client: Client, booking: Booking) -> None:
        link = a_link(booking)
        attempt = open_attempt(booking, link=link)
        Payment.objects.system("test").filter(pk=attempt.pk).update(
            state=PaymentState.CANCELLED, provider="mpesa", error_code="1032"
        )
        text = client.get(at(link)).text
        assert "The message on your telephone was cancelled" in text
        assert "left the payment page" not in text

    def test_what_the_payer_does_next_is_shown_without_an_account(self, client: Client, booking: Booking) -> None:
        link = a_link(booking)
        attempt = open_attempt(booking, link=link)
        action = {"kind": "phone_prompt", "text": "2547****678"}
        Payment.objects.system("test").filter(pk=attempt.pk).update(next_action=action, provider="mpesa")
        text = client.get(at(link, "pay_link_paying")).text
        assert "2547****678" in text
        assert at(link, "pay_link_returned") in text
        assert "/trips/" not in text


class TestSharing:
    @pytest.fixture(autouse=True)
    def signed_in(self, client: Client, booker: User) -> None:
        client.force_login(booker)

    def test_a_hold_is_split_into_links_to_copy_and_take_back(self, client: Client, booking: Booking) -> None:
        address = reverse("site:share", args=[booking.reference])
        assert client.post(address, {"people": "3"})["Location"] == address
        page = client.get(address).text
        links = list(links_of(booking.folio_id))
        assert [link.amount_minor for link in links] == [10_000] * 3
        assert all(f"/pay/{token_of(link.pk)}/" in page for link in links)
        client.post(address, {"take_back": str(links[0].pk)})
        assert [state_of(link) for link in links_of(booking.folio_id)] == [
            LinkState.REVOKED,
            LinkState.OPEN,
            LinkState.OPEN,
        ]

    @pytest.mark.parametrize("people", ["1", "0", "-3", "99999", "two", "²", ""])
    def test_nonsense_makes_no_links(self, client: Client, booking: Booking, people: str) -> None:
        answer = client.post(reverse("site:share", args=[booking.reference]), {"people": people})
        assert answer.status_code == 400
        assert not PayLink.objects.company(booking.company_id).exists()

    def test_another_ones_link_is_not_taken_back(self, client: Client, booking: Booking) -> None:
        foreign = a_link(hold(ListingFactory()))
        for name in (str(foreign.pk), "x"):
            answer = client.post(reverse("site:share", args=[booking.reference]), {"take_back": name})
            assert answer.status_code == 404
        assert links_of(foreign.folio_id).get().revoked_at is None

    def test_an_address_that_is_none_is_refused(self, client: Client, booking: Booking) -> None:
        answer = client.post(reverse("site:share", args=[booking.reference]), {"payer_email": "nobody"})
        assert (answer.status_code, "no email address" in answer.text) == (400, True)

    def test_the_page_costs_the_same_however_many_links_there_are(
        self, client: Client, booking: Booking, django_assert_max_num_queries: Any
    ) -> None:
        split_payment(actor=Actor.of(booking.booker), booking_id=booking.pk, shares=[Share()] * 15)
        with django_assert_max_num_queries(MOST_QUERIES):
            assert client.get(reverse("site:share", args=[booking.reference])).status_code == 200


class TestBalance:
    @pytest.fixture(autouse=True)
    def signed_in(self, client: Client, booker: User) -> None:
        client.force_login(booker)

    def test_a_balance_may_be_paid_before_its_day(self, client: Client, booker: User) -> None:
        booking = with_a_balance(booker)
        address = reverse("site:balance", args=[booking.reference])
        assert address in client.get(reverse("site:trip", args=[booking.reference])).text
        page = client.get(address).text
        assert 'Pay <span class="money">$240.00</span>' in page
        assert "you may pay it earlier" in page

    def test_coming_back_waits_for_the_money_and_leads_to_the_trip(self, client: Client, booker: User) -> None:
        booking = with_a_balance(booker)
        attempt = open_attempt(booking)
        Payment.objects.system("test").filter(pk=attempt.pk).update(
            amount_minor=24_000, state=PaymentState.PROCESSING, attempt=2
        )
        attempt.refresh_from_db()
        back = reverse("site:returned", args=[booking.pk])
        waiting = client.get(back, headers={"HX-Request": "true"})
        assert (waiting.status_code, waiting.headers.get("HX-Redirect")) == (204, None)
        money_comes(attempt)
        Payment.objects.system("test").filter(pk=attempt.pk).update(created_at=clock.now() + timedelta(seconds=1))
        arrived = client.get(back, follow=True)
        assert arrived.redirect_chain == [(reverse("site:trip", args=[booking.reference]), 302)]
        assert "Thank you: $240.00 is paid." in arrived.text
        assert "You are confirmed" not in arrived.text
        assert client.get(reverse("site:balance", args=[booking.reference]))["Location"].startswith("/trips/")
        assert broken_promises() == []

    def test_a_failed_payment_of_a_balance_leads_back_to_it(self, client: Client, booker: User) -> None:
        booking = with_a_balance(booker)
        attempt = open_attempt(booking)
        Payment.objects.system("test").filter(pk=attempt.pk).update(state=PaymentState.FAILED, error_kind="payer")
        assert client.get(reverse("site:returned", args=[booking.pk]))["Location"] == reverse(
            "site:balance", args=[booking.reference]
        )

    def test_part_of_a_balance_is_paid_by_a_link_of_the_desk(self, client: Client, booker: User) -> None:
        booking = with_a_balance(booker)
        whole, part = a_link(booking), a_link(booking, amount=Money(10_000, "USD"))
        assert (whole.amount_minor, part.is_share) == (24_000, False)
        money_comes(open_attempt(booking, link=part))
        assert "So much is not owed" in client.get(at(whole)).text
        assert "$140.00" in client.get(reverse("site:balance", args=[booking.reference])).text
        assert broken_promises() == []
