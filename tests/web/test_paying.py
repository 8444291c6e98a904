"""What the payer does next, page by page, for each kind of provider."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from freehold.accounts.phones import example_phone
from freehold.adapters.payments.sandbox import SandboxProvider, SandboxSettings
from freehold.bookings.models import Booking
from freehold.core import outside
from freehold.core.errors import BadInput
from freehold.core.secrets import seal
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.next_action import action_json, payers_action, shown_action
from freehold.ports.payment_gateway import Capabilities, NextAction
from freehold.properties.models import Listing
from freehold.web.site.present.providers import failure_words, provider_choices
from tests.apps.payments.builders import a_payment
from tests.web.test_pages import guest, held_booking, listing

pytestmark = pytest.mark.django_db
__all__ = ["guest", "listing"]


def waits(booking: Booking, guest: Any, action: dict[str, Any], **options: Any) -> Payment:
    state = options.pop("state", PaymentState.PENDING)
    return a_payment(booking.folio, payer=guest, received=0, state=state, next_action=action, **options)


def page(client: Client, booking: Booking, name: str = "site:paying") -> Any:
    return client.get(reverse(name, args=[booking.pk]))


@pytest.fixture
def booking(client: Client, guest: Any, listing: Listing) -> Booking:
    held: Booking = held_booking(client, listing)
    client.post(reverse("site:guests", args=[held.pk]), {"name_0": "Ada Wong", "note": ""})
    return held


def test_a_page_of_the_providers_is_gone_to_without_a_redirected_form(
    client: Client, guest: Any, booking: Booking
) -> None:
    waits(booking, guest, {"kind": "redirect", "url": "https://pay.example/x"})
    answer = page(client, booking)
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=https://pay.example/x">' in answer.text
    assert 'href="https://pay.example/x"' in answer.text


def test_a_prompt_says_what_to_do_and_waits(client: Client, guest: Any, booking: Booking) -> None:
    waits(booking, guest, {"kind": "phone_prompt", "text": "2547****678", "poll_after_s": 5}, provider="mpesa")
    text = page(client, booking).text
    assert "Look at your telephone" in text
    assert "2547****678" in text
    assert 'hx-trigger="every 5s"' in text
    # Coming back early is no failure: the page goes on to wait.
    waiting = client.get(reverse("site:returned", args=[booking.pk]), headers={"HX-Request": "true"})
    assert (waiting.status_code, waiting.headers.get("HX-Redirect")) == (204, None)


def test_a_prompt_that_was_refused_leads_back_to_the_choice(client: Client, guest: Any, booking: Booking) -> None:
    action = {"kind": "phone_prompt", "text": "2547****678"}
    waits(booking, guest, action, provider="mpesa", state=PaymentState.CANCELLED, error_code="1032")
    assert page(client, booking)["Location"] == reverse("site:returned", args=[booking.pk])
    back = client.get(reverse("site:returned", args=[booking.pk]), headers={"HX-Request": "true"})
    assert back.headers["HX-Redirect"] == reverse("site:pay", args=[booking.pk])


def test_a_transfer_shows_where_to_send_what(client: Client, guest: Any, booking: Booking) -> None:
    shown = {"account_holder": "Harbor Stays", "iban": "DE89 3704", "amount": "300.00 USD", "reference": "FH7K2Q9M"}
    waits(booking, guest, {"kind": "instructions", "client": shown}, provider="bank_transfer")
    text = page(client, booking).text
    for value in shown.values():
        assert f'data-copies="{value}"' in text


def test_only_that_page_lets_the_providers_script_run(client: Client, guest: Any, booking: Booking) -> None:
    order = {"key_id": "rzp_test_x", "order_id": "order_1", "script": "https://checkout.razorpay.com/v1/checkout.js"}
    waits(booking, guest, {"kind": "client_sdk", "client": order}, provider="razorpay")
    answer = page(client, booking)
    assert "https://checkout.razorpay.com" in answer.headers["Content-Security-Policy"]
    assert 'data-order_id="order_1"' in answer.text
    assert "razorpay" not in page(client, booking, "site:review").headers["Content-Security-Policy"]


def test_what_only_the_payer_may_have_is_sealed_in_the_row(client: Client, guest: Any, booking: Booking) -> None:
    action = NextAction("client_sdk", client={"client_secret": "pi_1_secret_2", "publishable_key": "pk_test_1"})
    payment = waits(booking, guest, action_json(action), provider="stripe")
    with connection.cursor() as cursor:
        for table in ("payments_payment", "payments_paymenthistory"):
            cursor.execute(f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE '%%pi_1_secret_2%%'")
            assert cursor.fetchone() == (0,)
    assert shown_action(payment)["client"] == {"publishable_key": "pk_test_1"}
    assert payers_action(payment)["client"]["client_secret"] == "pi_1_secret_2"
    text = page(client, booking).text
    assert "pi_1_secret_2" in text
    assert "https://js.stripe.com" in page(client, booking).headers["Content-Security-Policy"]


def test_a_secret_that_no_key_opens_offers_nothing(guest: Any, booking: Booking, settings: Any) -> None:
    sealed = {"kind": "client_sdk", "client": {"client_secret": seal("x")}}
    payment = waits(booking, guest, sealed, provider="stripe")
    settings.ENCRYPTION_KEYS = ["another key altogether" * 3]
    assert payers_action(payment) == {"kind": "none"}


def test_another_persons_payment_page_is_not_there(guest: Any, booking: Booking, django_user_model: Any) -> None:
    waits(booking, guest, {"kind": "redirect", "url": "https://pay.example/x"})
    stranger = Client()
    stranger.force_login(django_user_model.objects.create_user(email="other@example.com", password="x" * 12))
    assert page(stranger, booking).status_code == 404


def test_without_a_provider_the_page_says_so(client: Client, booking: Booking) -> None:
    text = page(client, booking, "site:pay").text
    assert "can take this payment" in text
    assert 'name="provider"' not in text


class Prompting(SandboxProvider):
    """Asks payers on their telephones."""

    def __init__(self) -> None:
        super().__init__(SandboxSettings(base_url="http://127.0.0.1:9", api_key="k", webhook_secrets=("s",)))

    @property
    def caps(self) -> Capabilities:
        return replace(super().caps, needs_phone=True)


def test_a_telephone_that_is_none_is_told_at_its_field_with_an_example_of_the_country(
    client: Client, booking: Booking, listing: Listing
) -> None:
    outside.bind_payment_gateway(Prompting())
    listing.property.country = "KE"
    listing.property.save()
    like = example_phone("KE")
    assert like.startswith("+254 7")
    address = reverse("site:pay", args=[booking.pk])
    assert f"Like {like}." in client.get(address).text
    answer = client.post(address, {"provider": "sandbox", "phone": "12"})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert 'id="phone-sandbox-error"' in answer.text
    assert 'value="12"' in answer.text
    assert answer.text.count(f"like {like}") == 1
    assert "did not go through" not in answer.text


@pytest.mark.parametrize(
    ("state", "code", "words"),
    [
        (PaymentState.CANCELLED, "1032", "The message on your telephone was cancelled"),
        (PaymentState.EXPIRED, "1037", "Nobody answered on the telephone in time"),
        (PaymentState.FAILED, "1", "not enough money in the M-Pesa account"),
        (PaymentState.FAILED, "2001", "The PIN was not right"),
        (PaymentState.FAILED, "17", "M-Pesa declined the payment"),
        (PaymentState.FAILED, "9999", "M-Pesa had a problem of its own"),
    ],
)
def test_what_became_of_a_prompt_is_told_in_plain_words(state: PaymentState, code: str, words: str) -> None:
    kind = "provider" if code == "9999" else "payer"
    payment = Payment(provider="mpesa", state=state, error_code=code, error_kind=kind)
    for is_held, kept in ((True, "Your nights are still held."), (False, "Nothing was charged.")):
        said = failure_words(payment, has_choice=True, is_held=is_held)
        assert words in said
        assert said.endswith(f"{kept} Try again, or use another way to pay.")
        assert "page" not in said
    assert failure_words(payment, has_choice=False).endswith("held. Try again.")


def test_whoever_comes_back_finds_the_way_that_they_tried_selected(
    client: Client, guest: Any, booking: Booking
) -> None:
    choices = provider_choices(["stripe", "mpesa"], chosen="mpesa")
    assert [each.is_chosen for each in choices] == [False, True]
    assert [each.is_chosen for each in provider_choices(["stripe", "mpesa"], chosen="bkash")] == [True, False]
    outside.bind_payment_gateway(Prompting())
    waits(booking, guest, {"kind": "phone_prompt"}, state=PaymentState.CANCELLED, error_code="1032")
    chosen = client.get(reverse("site:pay", args=[booking.pk])).context["providers"]
    assert [each.slug for each in chosen if each.is_chosen] == ["sandbox"]


def test_a_mistyped_telephone_is_told_beside_the_choice(client: Client, booking: Booking) -> None:
    answer = client.post(reverse("site:pay", args=[booking.pk]), {"provider": "mpesa", "phone": "not a number"})
    assert answer.status_code == BadInput.status
    assert "country code" in answer.text
