"""Stays that are held, each with a payment under way at one of the four providers: what the messages are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from uuid import UUID

from django.db import connection

from bench.intake.keys import CURRENCIES, PROVIDERS, account_of
from bench.lab import Lab
from bench.people import SignedIn, sign_in_guests
from bench.rows.holding import hold
from bench.slots import Slots
from bench.world.make import database_of, world_of
from freehold.bookings.models import Booking
from freehold.core import clock
from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment

SCALE = 200
OPEN_LISTINGS = 100
GUESTS = 64
DATABASE = database_of(SCALE, OPEN_LISTINGS)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A payment that a provider will tell about."""

    provider: str
    payment_id: UUID
    object_id: str
    notify_token: str
    minor: int
    currency: str


class Stage:
    """Django talks to its database from now on."""

    def __init__(self, lab: Lab) -> None:
        world = world_of(lab, SCALE, open_listings=OPEN_LISTINGS)
        self._people: list[SignedIn] = sign_in_guests(GUESTS)
        self._count = 0
        self._slots = {}
        for number, provider in enumerate(PROVIDERS):
            listings = world.open_listings[number :: len(PROVIDERS)]
            _sell_in(CURRENCIES[provider], [listing.listing_id for listing in listings])
            self._slots[provider] = Slots(listings, world.today)

    def await_payments(self, count: int) -> list[Awaited]:
        """So many more stays, by turns at each provider."""
        return [self._await_payment(PROVIDERS[number % len(PROVIDERS)]) for number in range(count)]

    def _await_payment(self, provider: str) -> Awaited:
        self._count += 1
        person = self._people[self._count % len(self._people)]
        reference = hold(person, self._slots[provider].take())
        booking = Booking.objects.system("bench").get(reference=reference)
        payment = Payment(
            company_id=booking.company_id,
            folio_id=booking.folio_id,
            payer=person.user,
            provider=provider,
            account=account_of(provider),
            attempt=1,
            state=PaymentState.PENDING,
            currency=booking.currency,
            amount_minor=booking.total_minor,
            # What it will cost is in its name, for those who are asked about it and remember nothing.
            object_id=f"{provider}_bench{self._count}_{booking.total_minor}",
            return_url="http://127.0.0.1:9/back",
            notify_token=token_urlsafe(32),
            expires_at=clock.now() + timedelta(minutes=15),
        )
        if provider == "mpesa":
            payment.provider_extra = {"asked": str(payment.amount_minor), "our_id": str(payment.pk)}
        payment.save(force_insert=True)
        return Awaited(
            provider, payment.pk, payment.object_id, payment.notify_token, payment.amount_minor, payment.currency
        )


def _sell_in(currency: str, listing_ids: list[UUID]) -> None:
    """One round price a night and nothing besides: M-Pesa takes whole shillings."""
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE properties_listing SET currency = %(currency)s WHERE id = ANY(%(ids)s)",
            "UPDATE pricing_rateplan SET currency = %(currency)s, base_price_minor = 1000000, weekday_prices = NULL,"
            " stay_discounts = '[]', extra_guest_fee_minor = 0, cleaning_fee_minor = 0"
            " WHERE listing_id = ANY(%(ids)s)",
            "DELETE FROM pricing_rateplan_taxes WHERE rateplan_id IN"
            " (SELECT id FROM pricing_rateplan WHERE listing_id = ANY(%(ids)s))",
            "DELETE FROM pricing_priceoverride WHERE rate_plan_id IN"
            " (SELECT id FROM pricing_rateplan WHERE listing_id = ANY(%(ids)s))",
        ):
            cursor.execute(statement, {"currency": currency, "ids": listing_ids})
