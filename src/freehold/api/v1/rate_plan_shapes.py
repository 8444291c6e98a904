"""How a rate plan is said and answered, for hosts."""

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from freehold.api.serializers import MoneyField, StrictIntegerField, StrictSerializer
from freehold.core.errors import BadInput, ErrorItem
from freehold.domain.capturing import CaptureWhen
from freehold.domain.deposits import MOST_DAYS
from freehold.domain.money import Money
from freehold.domain.periods import MAX_NIGHTS
from freehold.pricing.models import MAX_PRICE_MINOR, RatePlan
from freehold.pricing.services.set_rate_plan import RatePlanFacts

WHOLE = 10_000
MINOR = "_minor"


class DiscountInput(StrictSerializer):
    min_nights = StrictIntegerField(min_value=1, max_value=MAX_NIGHTS)
    basis_points = StrictIntegerField(min_value=0, max_value=WHOLE)


class RatePlanInput(StrictSerializer):
    base_price = MoneyField(help_text="For what `basis` says.")
    basis = serializers.ChoiceField(RatePlan.Basis.choices, required=False)
    weekday_prices = serializers.ListField(
        child=MoneyField(allow_null=True), min_length=7, max_length=7, required=False, allow_null=True
    )
    stay_discounts = DiscountInput(many=True, required=False, max_length=20)
    included_guests = StrictIntegerField(min_value=1, max_value=1000, required=False)
    extra_guest_fee = MoneyField(required=False)
    cleaning_fee = MoneyField(required=False)
    deposit_basis_points = StrictIntegerField(min_value=1, max_value=WHOLE, required=False)
    cancellation_policy_id = serializers.UUIDField()
    tax_ids = serializers.ListField(child=serializers.UUIDField(), max_length=20, required=False)
    damage_deposit = MoneyField(required=False, help_text="Against damage, beside the price; 0 for none.")
    damage_deposit_ask_days = StrictIntegerField(min_value=0, max_value=MOST_DAYS, required=False)
    damage_deposit_return_days = StrictIntegerField(min_value=0, max_value=MOST_DAYS, required=False)
    capture = serializers.ChoiceField(
        [each.value for each in CaptureWhen],
        required=False,
        help_text="When the first payment is taken. With check_in and by_hand it is only held until then, and who "
        "cancels while it is held pays no cancellation fee.",
    )


def minor_of(money: Money, currency: str, attr: str) -> int:
    if money.currency != currency:
        raise BadInput(f"This listing is priced in {currency}.", code="currency", attr=attr)
    return money.minor


def rate_plan_facts(given: dict[str, Any], currency: str) -> RatePlanFacts:
    plain = (
        *("basis", "included_guests", "deposit_basis_points", "cancellation_policy_id"),
        *("damage_deposit_ask_days", "damage_deposit_return_days", "capture"),
    )
    facts: dict[str, Any] = {name: given[name] for name in plain if name in given}
    for name in ("base_price", "extra_guest_fee", "cleaning_fee", "damage_deposit"):
        if name in given:
            facts[f"{name}_minor"] = minor_of(given[name], currency, name)
    if given.get("weekday_prices") is not None:
        facts["weekday_prices"] = tuple(
            None if price is None else minor_of(price, currency, "weekday_prices") for price in given["weekday_prices"]
        )
    discounts = given.get("stay_discounts", ())
    facts["stay_discounts"] = tuple((each["min_nights"], each["basis_points"]) for each in discounts)
    try:
        return RatePlanFacts(**facts, tax_ids=tuple(given.get("tax_ids", ())))
    except BadInput as refusal:
        raise BadInput.of([_as_it_is_said(item, currency) for item in refusal.errors]) from refusal


def _as_it_is_said(item: ErrorItem, currency: str) -> ErrorItem:
    """With the field that the API has, and amounts as it writes them."""
    attr = item.attr or ""
    if not attr.endswith(MINOR):
        return item
    return ErrorItem(item.code, f"From 0 to {Money(MAX_PRICE_MINOR, currency)}.", attr.removesuffix(MINOR))


def rate_plan_answer(plan: RatePlan) -> dict[str, Any]:
    """`plan` with its taxes and the overrides that are still to come."""

    def money(minor: int | None) -> dict[str, str] | None:
        return None if minor is None else Money(minor, plan.currency).to_json()

    return {
        "basis": plan.basis,
        "base_price": money(plan.base_price_minor),
        "weekday_prices": None if plan.weekday_prices is None else [money(minor) for minor in plan.weekday_prices],
        "stay_discounts": plan.stay_discounts,
        "included_guests": plan.included_guests,
        "extra_guest_fee": money(plan.extra_guest_fee_minor),
        "cleaning_fee": money(plan.cleaning_fee_minor),
        "deposit_basis_points": plan.deposit_basis_points,
        "damage_deposit": money(plan.damage_deposit_minor),
        "damage_deposit_ask_days": plan.damage_deposit_ask_days,
        "damage_deposit_return_days": plan.damage_deposit_return_days,
        "capture": plan.capture,
        "cancellation_policy_id": str(plan.cancellation_policy_id),
        "tax_ids": [str(tax.pk) for tax in plan.taxes.all()],
        "prices": [
            {
                "first_night": override.nights.lower,
                "last_night": None if override.nights.upper is None else override.nights.upper - timedelta(days=1),
                "price": money(override.price_minor),
                "label": override.label,
            }
            for override in plan.overrides.all()
        ],
    }
