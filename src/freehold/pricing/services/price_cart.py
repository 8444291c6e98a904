"""Price what somebody wants to book, by today's prices and rules. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem, NotFound
from freehold.domain.cancellation import refund_timeline_of_parts
from freehold.domain.listing_rules import check_stay
from freehold.domain.money import Money
from freehold.domain.occasions import Nights, Occasion
from freehold.domain.periods import stay_period
from freehold.domain.pricing import LineKind, price_stay
from freehold.pricing.models import RatePlan
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.pricing.types import ItemRequest, PricedCart, PricedItem, cancellation_terms
from freehold.properties.models import Listing
from freehold.properties.rules import stay_rules

MAX_ITEMS = 50


def price_cart(*, actor: Actor, items: Sequence[ItemRequest]) -> PricedCart:
    """The price of all items together.

    Raises NotFound for a listing that is not published, BadInput with every rule that is broken (`items.N` says
    where), BadInput `mixed_cart` for several companies or currencies.
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise BadInput(f"A cart has 1 to {MAX_ITEMS} items.", code="cart_size", attr="items")
    stays = [item.when for item in items if isinstance(item.when, Nights)]
    if len(stays) < len(items):
        raise BadInput("Give the nights of each stay.", code="not_a_stay", attr="items")
    plans = published_rate_plans(
        listing_ids={item.listing_id for item in items},
        start=min(stay.check_in for stay in stays),
        end=max(stay.check_out for stay in stays),
    )
    if any(item.listing_id not in plans for item in items):
        raise NotFound("There is no such listing.")
    _refuse_repetition(items, stays, plans)
    _refuse_broken_rules(items, stays, plans)
    _refuse_mixed(list(plans.values()))
    priced = tuple(_price(item, stay, plans[item.listing_id]) for item, stay in zip(items, stays, strict=True))
    return _cart(priced, plans[items[0].listing_id])


def _refuse_repetition(items: Sequence[ItemRequest], stays: Sequence[Nights], plans: Mapping[UUID, RatePlan]) -> None:
    """One space for nights that overlap would be in its own way. Several units of a type are several spaces."""
    for index, item in enumerate(items):
        for other, stay in zip(items[:index], stays, strict=False):
            overlap = stays[index].check_in < stay.check_out and stay.check_in < stays[index].check_out
            is_one_space = plans[item.listing_id].listing.unit_type_id is None
            if item.listing_id == other.listing_id and overlap and is_one_space:
                raise BadInput("The same place is in the cart twice.", code="repeated_item", attr=f"items.{index}")


def _refuse_broken_rules(items: Sequence[ItemRequest], stays: Sequence[Nights], plans: Mapping[UUID, RatePlan]) -> None:
    now = clock.now()
    prefetch_related_objects([plan.listing for plan in plans.values()], "restrictions")
    problems: list[ErrorItem] = []
    for index, (item, stay) in enumerate(zip(items, stays, strict=True)):
        listing = plans[item.listing_id].listing
        today = now.astimezone(ZoneInfo(listing.property.time_zone)).date()
        reasons = check_stay(
            stay_rules(listing),
            check_in=stay.check_in,
            check_out=stay.check_out,
            party=item.party,
            today=today,
            now=now,
        )
        problems += [ErrorItem(str(reason.code), reason.detail, f"items.{index}") for reason in reasons]
        if listing.mode != Listing.Mode.STAY:
            problems.append(ErrorItem("not_a_stay", "This listing is not sold by the night.", f"items.{index}"))
    if problems:
        raise BadInput.of(problems)


def _refuse_mixed(plans: Sequence[RatePlan]) -> None:
    """One booking has one counterparty and one currency."""
    if len({(plan.company_id, plan.currency) for plan in plans}) > 1:
        raise BadInput(
            "These places cannot be booked together: they differ in company or currency.",
            code="mixed_cart",
            attr="items",
        )


def _price(item: ItemRequest, when: Nights, plan: RatePlan) -> PricedItem:
    place = plan.listing.property
    period = stay_period(when.check_in, when.check_out, place.check_in_time, place.check_out_time, place.time_zone)
    terms = rate_plan_terms(plan, start=when.check_in, end=when.check_out)
    stay = price_stay(terms, check_in=when.check_in, check_out=when.check_out, party=item.party)
    return PricedItem(
        listing_id=plan.listing_id,
        property_id=place.pk,
        company_id=plan.company_id,
        title=plan.listing.title,
        occasion=Occasion.NIGHTS,
        check_in=when.check_in,
        check_out=when.check_out,
        starts_at=period.start,
        ends_at=period.end,
        quantity=1,
        party=item.party,
        lines=stay.lines,
        subtotal=stay.subtotal,
        taxes=stay.taxes,
        cleaning_fee=stay.amount_of(LineKind.CLEANING),
        nightly=stay.nightly,
        total=stay.total,
        due_now=_due_now(plan, stay.total),
        cancellation=cancellation_terms(plan.cancellation_policy.name, plan.cancellation_policy.tiers),
    )


def _cart(items: tuple[PricedItem, ...], plan: RatePlan) -> PricedCart:
    currency = plan.currency
    total = Money.sum((item.total for item in items), currency)
    due_now = Money.sum((item.due_now for item in items), currency)
    cart = PricedCart(
        company_id=plan.company_id,
        currency=currency,
        items=items,
        lines=tuple(line for item in items for line in item.lines),
        total=total,
        due_now=due_now,
        payment_terms=_payment_terms(total, due_now),
        refund_timeline=(),
        time_zone=plan.listing.property.time_zone,
        starts_at=min(item.starts_at for item in items),
        ends_at=max(item.ends_at for item in items),
    )
    return replace(cart, refund_timeline=refund_timeline_of_parts(cart.refund_parts(), paid=total, as_of=clock.now()))


def _due_now(plan: RatePlan, total: Money) -> Money:
    match plan.listing.payment_terms:
        case Listing.PaymentTerms.AT_PROPERTY:
            return Money.zero(total.currency)
        case Listing.PaymentTerms.DEPOSIT:
            return total.percent(plan.deposit_basis_points)
    return total


def _payment_terms(total: Money, due_now: Money) -> str:
    """The terms of the whole follow from what is due: nothing, all, or a part."""
    if due_now.is_zero:
        return Listing.PaymentTerms.AT_PROPERTY
    return Listing.PaymentTerms.ONLINE if due_now == total else Listing.PaymentTerms.DEPOSIT
