"""Payment providers and their refusals in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from freehold.domain.payment_states import PaymentState
from freehold.payments.models import Payment
from freehold.payments.modes import choices_in_test_mode
from freehold.ports.payment_gateway import PaymentProvider


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    slug: str
    name: str
    text: str
    needs_phone: bool = False
    is_test: bool = False


def provider_choices(slugs: Iterable[str] | Mapping[str, PaymentProvider]) -> list[ProviderChoice]:
    gateways = slugs if isinstance(slugs, Mapping) else {}
    tests = choices_in_test_mode(gateways)
    known = {
        "sandbox": (gettext("Practice payment"), gettext("A payment page to try things out. No money moves.")),
        "stripe": (gettext("Card or wallet"), gettext("Visa, Mastercard, American Express, Apple Pay, Google Pay.")),
        "razorpay": (gettext("Card, UPI or net banking"), gettext("By Razorpay.")),
        "bkash": (gettext("bKash"), gettext("From your bKash wallet.")),
        "mpesa": (gettext("M-Pesa"), gettext("You confirm on your phone.")),
        "bank_transfer": (gettext("Bank transfer"), gettext("Takes one to two working days.")),
    }
    return [
        ProviderChoice(
            slug,
            *known.get(slug, (slug.replace("_", " ").title(), "")),
            needs_phone=slug in gateways and gateways[slug].caps.needs_phone,
            is_test=slug in tests,
        )
        for slug in slugs
    ]


def failure_words(payment: Payment, *, has_choice: bool) -> str:
    """Why an attempt went wrong, and what to do; empty when nothing did. The nights are still held meanwhile."""
    if payment.state == PaymentState.PENDING and not payment.error_code:
        return ""
    match payment.state:
        case PaymentState.CANCELLED:
            return gettext("You left the payment page. Your nights are still held: try again when you are ready.")
        case PaymentState.EXPIRED:
            return gettext("The payment page was open for too long. Your nights are still held: try again.")
    if payment.error_kind == "payer":
        if has_choice:
            return gettext(
                "Your bank declined the payment. Your nights are still held: try again, or use another way to pay."
            )
        return gettext("Your bank declined the payment. Your nights are still held: try again.")
    return gettext("The payment page had a problem of its own. You were not charged; your nights are still held.")
