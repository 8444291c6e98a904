"""Send a payer to a gateway: one live attempt per folio, purpose and link, and one object at the gateway per attempt.

The row is committed first, then the gateway is called outside of any transaction. A double click, a second tab, a
retry after a timeout or a killed process all find the same row, and the same key finds the same object.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from freehold.companies.models import Company
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, TemporarilyUnavailable
from freehold.domain.money import CurrencyMismatch, Money
from freehold.domain.payment_states import PaymentState
from freehold.finance.models import Folio
from freehold.finance.services.lock_folio import lock_folio
from freehold.payments.accounts import choose_gateway, new_notify_token, notify_url
from freehold.payments.gateways import check_amount, forbid_transaction
from freehold.payments.models import IS_OPEN_ATTEMPT, Payment
from freehold.payments.schedule import first_look
from freehold.payments.services.close_payment import close_payment
from freehold.payments.services.look_again import goes_on, look_again
from freehold.payments.services.open_at_gateway import open_at_gateway, request_json
from freehold.ports.payment_gateway import Misconfigured, Payer, PaymentProvider, ProviderError

REUSE_UNTIL = timedelta(minutes=2)
ROUNDS = 3
ENDED_UNPAID = (PaymentState.FAILED, PaymentState.CANCELLED, PaymentState.EXPIRED)
PAYER_ACTED = (PaymentState.PROCESSING, PaymentState.AUTHORIZED)


@dataclass(frozen=True, slots=True)
class _Wish:
    """How much, what for, and by whose link."""

    amount: Money
    purpose: Payment.Purpose
    capture: Payment.Capture
    link_id: UUID | None
    saved_from: Payment | None

    def kept(self, gateway: PaymentProvider) -> dict[str, Any]:
        """What is held may have to be held anew: with how the payer pays, which the provider keeps for that."""
        if not gateway.caps.saved_methods or self.purpose != Payment.Purpose.DEPOSIT:
            return {}
        return {"keeps_method": True, "saved_method": self.saved_from.provider_extra if self.saved_from else {}}


def start_payment(
    *,
    actor: Actor,
    folio_id: UUID,
    provider: str,
    amount: Money,
    return_url: str,
    reference: str,
    description: str,
    payer_id: UUID | None,
    payer: Payer,
    expires_at: datetime,
    purpose: Payment.Purpose = Payment.Purpose.CHARGE,
    capture: Payment.Capture = Payment.Capture.AUTOMATIC,
    link_id: UUID | None = None,
    saved_from: Payment | None = None,
) -> Payment:
    """Opens an attempt of `amount` and returns it with what the payer does next.

    Of this purpose and link, an open attempt of the same provider and amount is returned, unless the payer gave up
    there; any other is closed first. The state may be `unknown`: the gateway did not answer, asking again continues the
    same attempt. With `saved_from` nobody is asked: it is held anew as that payment was. The caller has checked what
    `actor` may pay for.

    Raises BadInput for an unknown provider or an amount that it does not take, Conflict
    (`payment_in_progress`, `payment_superseded`, `payment_declined`), TemporarilyUnavailable.
    """
    forbid_transaction()
    gateway = _gateway(folio_id, provider)
    check_amount(gateway.caps, amount)
    wish = _Wish(amount, purpose, capture, link_id, saved_from)
    if gateway.caps.needs_phone and not payer.phone_e164:
        raise BadInput("This provider asks you on your telephone: give its number.", code="phone_needed", attr="phone")
    for _ in range(ROUNDS):
        with transaction.atomic():
            folio = lock_folio(folio_id)
            if amount.currency != folio.currency:
                raise CurrencyMismatch(folio.currency, amount.currency)
            payment = _open_attempt(folio, wish)
            if payment is None:
                request = request_json(
                    reference=reference,
                    description=description,
                    payer=payer,
                    notify_url="",
                    merchant=Company.objects.values_list("name", flat=True).get(pk=folio.company_id),
                    expires_at=expires_at,
                )
                request |= wish.kept(gateway)
                payment = _add_attempt(folio, gateway, wish, request, return_url, payer_id, expires_at)
        if _is_the_same(payment, gateway, wish, expires_at) and _asks_the_same(payment, gateway, payer):
            payment = look_again(payment)
            if goes_on(payment, gateway.caps):
                return _opened(payment)
        _close(payment)
    raise Conflict("Another payment of this booking is being opened. Try again.", code="payment_in_progress")


def _gateway(folio_id: UUID, provider: str) -> PaymentProvider:
    company_id = Folio.objects.system("whose account").values_list("company_id", flat=True).get(pk=folio_id)
    try:
        return choose_gateway(company_id=company_id, provider=provider)
    except Misconfigured as error:
        raise TemporarilyUnavailable("This payment provider cannot be used at present.", retry_after=60) from error


def _open_attempt(folio: Folio, wish: _Wish) -> Payment | None:
    mine = folio.payments.filter(IS_OPEN_ATTEMPT, purpose=wish.purpose, link_id=wish.link_id)
    return mine.select_for_update(no_key=True).first()


def _add_attempt(
    folio: Folio,
    gateway: PaymentProvider,
    wish: _Wish,
    request: dict[str, object],
    return_url: str,
    payer_id: UUID | None,
    expires_at: datetime,
) -> Payment:
    last = folio.payments.aggregate(last=Max("attempt"))["last"] or 0
    token = new_notify_token()
    return Payment.objects.create(
        company_id=folio.company_id,
        folio=folio,
        payer_id=payer_id,
        provider=gateway.slug,
        account=gateway.account,
        attempt=last + 1,
        purpose=wish.purpose,
        capture=wish.capture,
        link_id=wish.link_id,
        currency=wish.amount.currency,
        amount_minor=wish.amount.minor,
        request={**request, "notify_url": notify_url(gateway.slug, token)},
        return_url=return_url,
        notify_token=token,
        expires_at=expires_at,
        next_fetch_at=first_look(clock.now()),
    )


def _is_the_same(payment: Payment, gateway: PaymentProvider, wish: _Wish, expires_at: datetime) -> bool:
    """Whether the payer may go on with this attempt: what was asked for, and time left to pay it."""
    if (payment.provider, payment.account) != (gateway.slug, gateway.account):
        return False
    if (payment.amount_minor, payment.capture) != (wish.amount.minor, wish.capture):
        return False
    in_time = payment.expires_at >= expires_at or payment.expires_at > clock.database_now() + REUSE_UNTIL
    return in_time or payment.state in PAYER_ACTED


def _asks_the_same(payment: Payment, gateway: PaymentProvider, payer: Payer) -> bool:
    """Whether it is asked on the telephone that the payer has named now."""
    asked = payment.request.get("payer", {}).get("phone_e164")
    return not gateway.caps.needs_phone or payment.state in PAYER_ACTED or asked == payer.phone_e164


def _opened(payment: Payment) -> Payment:
    payment = open_at_gateway(payment_id=payment.pk)
    if payment.state == PaymentState.CANCELLED:
        raise Conflict("Another payment was started meanwhile.", code="payment_superseded")
    return payment


def _close(payment: Payment) -> None:
    """Makes room for another attempt, unless the payer has acted on this one."""
    if payment.state in ENDED_UNPAID:
        return
    if payment.state == PaymentState.AUTHORIZED:
        raise Conflict("Your bank holds an earlier payment for this already.", code="payment_in_progress")
    try:
        closed = close_payment(payment_id=payment.pk)
    except ProviderError as error:
        raise TemporarilyUnavailable("The earlier payment cannot be closed at this moment. Try again.") from error
    if closed.state == PaymentState.PAID or closed.state in PAYER_ACTED:
        raise Conflict("An earlier payment is still being processed, or has arrived.", code="payment_in_progress")
