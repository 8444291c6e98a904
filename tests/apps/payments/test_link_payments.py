"""Paying by links, balances and other providers with the gateway at the other end, over HTTP."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.pay_by_link import start_link_payment
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.core.actor import Actor
from freehold.core.errors import Conflict
from freehold.domain.payment_states import PaymentState
from freehold.finance.selectors import folio_balance
from freehold.payments.models import Payment
from freehold.payments.pay_links import links_of, token_of
from tests.apps.payments.shop import Shop, reload
from tests.factories import ListingFactory, MembershipFactory, UserFactory
from tests.support.booked import hold
from tests.support.promises import broken_promises

pytestmark = pytest.mark.django_db(transaction=True)

BACK = "https://site.test/back"


@pytest.fixture
def booker(client: Client) -> User:
    booker: User = UserFactory()
    client.force_login(booker)
    return booker


@pytest.fixture
def booking(booker: User) -> Booking:
    return hold(ListingFactory(), booker=booker)


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/v1/{path}", body or {}, content_type="application/json")


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def token(link: dict[str, Any]) -> str:
    return str(link["url"]).rstrip("/").rsplit("/", 1)[1]


def test_three_strangers_pay_one_hold_by_their_links(client: Client, shop: Shop, booking: Booking) -> None:
    shares = [{"amount": usd(amount)} for amount in ("50.00", "100.00", "150.00")]
    made = post(client, f"bookings/{booking.pk}/split/", {"shares": shares})
    assert made.status_code == 201, made.content
    client.logout()
    for link in made.json()["results"]:
        seen = client.get(f"/api/v1/pay-links/{token(link)}/").json()
        assert (seen["amount"], seen["is_open"]) == (link["amount"], True)
        page = reverse("site:pay_link", args=[token(link)])
        assert client.post(page, {"provider": "sandbox"}).status_code == 303
        payment = Payment.objects.system("test").get(link_id=link["id"])
        assert payment.next_action["url"] in client.get(f"{page}paying/").text
        shop.press(payment, "pay")
        assert client.get(f"{page}returned/").status_code == 302
        assert "Paid. Thank you!" in client.get(page).text
    shop.work()
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert broken_promises() == []


def test_two_with_the_same_link_get_the_same_payment(client: Client, shop: Shop, booking: Booking) -> None:
    link = post(client, f"bookings/{booking.pk}/pay-links/").json()
    body = {"provider": "sandbox", "return_url": f"{settings.SITE_URL}/back"}
    first, second = (post(client, f"pay-links/{token(link)}/payments/", body).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert first["next_action"]["url"] == second["next_action"]["url"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "{own}.evil.example/", "{own}@evil.example/"])
def test_whoever_has_a_link_sends_no_payer_elsewhere(
    client: Client, shop: Shop, booking: Booking, elsewhere: str
) -> None:
    link = post(client, f"bookings/{booking.pk}/pay-links/").json()
    body = {"provider": "sandbox", "return_url": elsewhere.format(own=settings.SITE_URL)}
    answer = post(client, f"pay-links/{token(link)}/payments/", body)
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "return_url")
    assert not Payment.objects.system("test").exists()


def test_who_pays_all_that_is_missing_ends_the_other_shares(client: Client, shop: Shop, booking: Booking) -> None:
    made = post(client, f"bookings/{booking.pk}/split/", {"shares": [{}, {}, {}]}).json()["results"]
    other = start_link_payment(token=token(made[1]), provider="sandbox", return_url=BACK)
    payment = start_link_payment(token=token(made[0]), provider="sandbox", return_url=BACK, pays_all=True)
    assert payment.amount_minor == booking.due_now_minor
    shop.press(payment, "pay")
    shop.hear(payment)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert (reload(other).state, shop.status(other)) == (PaymentState.CANCELLED, "canceled")
    assert [link["status"] for link in client.get(f"/api/v1/bookings/{booking.pk}/pay-links/").json()["results"]] == [
        "paid",
        "revoked",
        "revoked",
    ]
    with pytest.raises(Conflict) as refused:
        start_link_payment(token=token(made[2]), provider="sandbox", return_url=BACK)
    assert refused.value.code == "link_revoked"
    assert broken_promises() == []


def test_deposit_then_a_part_by_the_desk_then_the_rest_early(client: Client, shop: Shop, booker: User) -> None:
    listing = ListingFactory(payment_terms="deposit", rate_plan__deposit_basis_points=2_000)
    booking = hold(listing, booker=booker)

    def pays() -> Payment:
        payment = start_booking_payment(
            actor=Actor.of(booker), booking_id=booking.pk, provider="sandbox", return_url=BACK
        )
        shop.press(payment, "pay")
        shop.hear(payment)
        return reload(payment)

    assert pays().amount_minor == 6_000
    staff = MembershipFactory(company=booking.company, role="staff").user
    client.force_login(staff)
    link = post(client, "host/pay-links/", {"booking_id": str(booking.pk), "amount": usd("100.00")}).json()
    part = start_link_payment(token=token(link), provider="sandbox", return_url=BACK)
    shop.press(part, "pay")
    shop.hear(part)
    assert pays().amount_minor == 14_000
    assert folio_balance(booking.folio_id).owed.is_zero
    listed = client.get(f"/api/v1/host/pay-links/?company_id={booking.company_id}&booking={booking.reference}").json()
    assert [(each["amount"], each["status"]) for each in listed["results"]] == [(usd("100.00"), "paid")]
    assert broken_promises() == []


def test_a_payer_may_change_their_mind_about_how_much(client: Client, shop: Shop, booking: Booking) -> None:
    """Another amount by the same link is another attempt: the old page at the provider is closed."""
    made = post(client, f"bookings/{booking.pk}/split/", {"shares": [{}, {}]}).json()["results"]
    old = start_link_payment(token=token(made[0]), provider="sandbox", return_url=BACK)
    new = start_link_payment(token=token(made[0]), provider="sandbox", return_url=BACK, pays_all=True)
    assert (reload(old).state, shop.status(old)) == (PaymentState.CANCELLED, "canceled")
    shop.press(new, "pay")
    shop.hear(new)
    booking.refresh_from_db()
    assert booking.state == "confirmed"
    assert broken_promises() == []


@pytest.mark.parametrize(
    ("body", "attr", "code"),
    [
        ({"amount": usd("0.00")}, "amount", "amount_not_positive"),
        ({"amount": usd("300.01")}, "amount", "more_than_due"),
        ({"amount": {"amount": "1.00", "currency": "EUR"}}, "amount", "other_currency"),
        ({"payer_email": "nobody"}, "payer_email", "invalid_email"),
        ({"receivable_id": "0190a0a0-0000-7000-8000-000000000000"}, "receivable_id", "no_such_receivable"),
    ],
)
def test_what_no_link_can_ask_for_is_refused_with_its_field(
    client: Client, booking: Booking, body: dict[str, Any], attr: str, code: str
) -> None:
    answer = post(client, f"bookings/{booking.pk}/pay-links/", body)
    assert answer.status_code == 400
    assert [(error["code"], error["attr"]) for error in answer.json()["errors"]] == [(code, attr)]
    assert not links_of(booking.folio_id)


def test_the_list_of_a_company_costs_the_same_however_long_it_is(
    client: Client, booking: Booking, django_assert_max_num_queries: Any
) -> None:
    post(client, f"bookings/{booking.pk}/split/", {"shares": [{}] * 15})
    client.force_login(MembershipFactory(company=booking.company, role="host").user)
    with django_assert_max_num_queries(10):
        answer = client.get(f"/api/v1/host/pay-links/?company_id={booking.company_id}&page_size=10")
    assert len(answer.json()["results"]) == 10


def test_another_companys_people_see_no_link(client: Client, booking: Booking) -> None:
    link = post(client, f"bookings/{booking.pk}/pay-links/").json()
    client.force_login(MembershipFactory(role="admin").user)
    assert post(client, f"host/pay-links/{link['id']}/revoke/").status_code == 404
    assert client.get(f"/api/v1/host/pay-links/?company_id={booking.company_id}").status_code == 404
    assert token(link) == token_of(links_of(booking.folio_id)[0].pk)
