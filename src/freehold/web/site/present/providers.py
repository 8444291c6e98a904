"""Payment providers and their refusals in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from freehold.accounts.phones import example_phone
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
    is_chosen: bool = False
    example: str = ""  # of a telephone, where one is needed


def provider_choices(
    slugs: Iterable[str] | Mapping[str, PaymentProvider], *, chosen: str = "", country: str = ""
) -> list[ProviderChoice]:
    """In words. `chosen` is the one that is selected, the first where it is none of them; `country` that of the place,
    whose telephones are the example."""
    gateways = slugs if isinstance(slugs, Mapping) else {}
    slugs = list(slugs)
    selected = chosen if chosen in slugs else next(iter(slugs), "")
    tests = choices_in_test_mode(gateways)
    known = {
        "sandbox": (gettext("Practice payment"), gettext("A payment page to try things out. No money moves.")),
        "stripe": (gettext("Card or wallet"), gettext("Visa, Mastercard, American Express, Apple Pay, Google Pay.")),
        "razorpay": (gettext("Card, UPI or net banking"), gettext("By Razorpay.")),
        "bkash": (gettext("bKash"), gettext("From your bKash wallet.")),
        "mpesa": (gettext("M-Pesa"), gettext("You confirm on your phone.")),
        "bank_transfer": (gettext("Bank transfer"), gettext("Takes one to two working days.")),
        "elsewhere": (gettext("Before the move"), gettext("In the system that was used before.")),
    }
    return [
        ProviderChoice(
            slug,
            *known.get(slug, (slug.replace("_", " ").title(), "")),
            needs_phone=slug in gateways and gateways[slug].caps.needs_phone,
            is_test=slug in tests,
            is_chosen=slug == selected,
            example=example_phone(country),
        )
        for slug in slugs
    ]


PROMPTED = frozenset({"mpesa"})
"""Who asks payers on their telephones."""


def failure_words(payment: Payment, *, has_choice: bool, is_held: bool = True) -> str:
    """Why an attempt went wrong, and what to do; empty when nothing did. `is_held`: the nights are held meanwhile."""
    if payment.state == PaymentState.PENDING and not payment.error_code:
        return ""
    if payment.provider in PROMPTED:
        said = _of_the_prompt(payment)
    elif is_held:
        return _of_the_page(payment, has_choice=has_choice)
    elif payment.state == PaymentState.CANCELLED:
        return gettext("You left the payment page. Nothing was charged: try again when you are ready.")
    else:
        said = ""
    kept = gettext("Your nights are still held.") if is_held else gettext("Nothing was charged.")
    way_on = gettext("Try again, or use another way to pay.") if has_choice else gettext("Try again.")
    return " ".join(part for part in (said, kept, way_on) if part)


def _of_the_prompt(payment: Payment) -> str:
    """What happened on the telephone, by M-Pesa's numbers."""
    match payment.error_code:
        case "1032" | "1031":
            return gettext("The message on your telephone was cancelled, so no PIN was entered.")
        case "1037" | "1019":
            return gettext("Nobody answered on the telephone in time. Switch it on, unlock it, and keep it at hand.")
        case "1":
            return gettext("There is not enough money in the M-Pesa account.")
        case "2001":
            return gettext("The PIN was not right.")
        case "1001":
            return gettext("Your telephone was busy with another payment. Wait a minute.")
        case "2" | "3" | "4" | "8":
            return gettext("The amount is beyond what this M-Pesa account may pay.")
    if payment.state == PaymentState.CANCELLED:
        return gettext("The message on your telephone was not answered.")
    if payment.state == PaymentState.EXPIRED:
        return gettext("Nobody answered on the telephone in time.")
    if payment.error_kind == "payer":
        return gettext("M-Pesa declined the payment.")
    return gettext("M-Pesa had a problem of its own.")


def _of_the_page(payment: Payment, *, has_choice: bool) -> str:
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
