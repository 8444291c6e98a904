"""Price what somebody wants to book, by today's prices and rules. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, ErrorItem, NotFound
from freehold.domain.cancellation import refund_timeline_of_parts
from freehold.domain.capturing import CaptureWhen, capture_of_all
from freehold.domain.deposits import DepositTerms, deposit_of_all
from freehold.domain.money import Money
from freehold.domain.occasions import Nights, Slot, UntilCancelled, When, occasion_of
from freehold.domain.party_rules import check_together
from freehold.domain.periods import Period, PeriodError
from freehold.domain.pricing import LineKind, PricedStay, price_stay
from freehold.domain.slot_pricing import price_flat, price_slot
from freehold.pricing.models import RatePlan
from freehold.pricing.selectors import published_rate_plans, rate_plan_terms
from freehold.pricing.types import ItemRequest, PricedCart, PricedItem, cancellation_terms
from freehold.properties.models import Listing
from freehold.properties.rules import party_rules, taken_period
from freehold.properties.wishes import local_dates, refusals, wished_period, wished_quantity

MAX_ITEMS = 50
_DAY = timedelta(days=1)


def plans_of(items: Sequence[ItemRequest]) -> dict[UUID, RatePlan]:
    """The rate plans of what is published among the items' listings, as `price_cart` needs them. One query.

    Raises BadInput for an empty or an overfull cart.
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise BadInput(f"A cart has 1 to {MAX_ITEMS} items.", code="cart_size", attr="items")
    now = clock.now()
    days = [_days_of(item.when, now) for item in items]
    return published_rate_plans(
        listing_ids={item.listing_id for item in items},
        start=min(start for start, _end in days),
        end=max(end for _start, end in days),
    )


def price_cart(
    *, actor: Actor, items: Sequence[ItemRequest], plans: Mapping[UUID, RatePlan] | None = None
) -> PricedCart:
    """The price of all items together; `plans` are those of `plans_of`, for who has looked at them already.

    Raises NotFound for a listing that is not published, BadInput with every rule that is broken (`items.N` says
    where), BadInput `mixed_cart` for several companies or currencies.
    """
    if plans is None:
        plans = plans_of(items)
    if any(item.listing_id not in plans for item in items):
        raise NotFound("There is no such listing.")
    now = clock.now()
    _refuse_broken_rules(items, plans, now)
    _refuse_mixed(list(plans.values()))
    priced = tuple(_price(item, plans[item.listing_id], now) for item in items)
    refuse_repetition(priced, plans)
    refuse_crowds(priced, plans)
    return _cart(priced, plans)


def _days_of(when: When, now: datetime) -> tuple[date, date]:
    """The days whose prices may matter, whichever zone the place is in."""
    match when:
        case Nights():
            return when.check_in, when.check_out
        case Slot():
            first, last = when.start_at.date(), when.start_at.date()
        case UntilCancelled():
            first, last = now.date(), now.date()
    try:
        return first - _DAY, last + 2 * _DAY
    except OverflowError:
        raise BadInput("This date is out of range.", code="date_out_of_range", attr="items") from None


def _refuse_broken_rules(items: Sequence[ItemRequest], plans: Mapping[UUID, RatePlan], now: datetime) -> None:
    problems: list[ErrorItem] = []
    for index, item in enumerate(items):
        try:
            reasons = refusals(plans[item.listing_id].listing, item.when, item.party, now=now)
        except PeriodError as error:
            problems.append(ErrorItem(error.code, error.detail, f"items.{index}"))
        else:
            problems += [ErrorItem(str(reason.code), reason.detail, f"items.{index}") for reason in reasons]
    if problems:
        raise BadInput.of(problems)


def refuse_repetition(items: Sequence[PricedItem], plans: Mapping[UUID, RatePlan]) -> None:
    """One space for times that overlap would be in its own way. Several units of a type are several spaces."""
    listings = [plans[item.listing_id].listing for item in items]
    taken = [
        taken_period(listing, item.when, Period(item.starts_at, item.ends_at))
        for listing, item in zip(listings, items, strict=True)
    ]
    for index, listing in enumerate(listings):
        for other in range(index):
            is_one_space = listing.pk == listings[other].pk and listing.unit_type_id is None
            if is_one_space and taken[index].overlaps(taken[other]):
                raise BadInput("The same place is in the cart twice.", code="repeated_item", attr=f"items.{index}")


def refuse_crowds(items: Sequence[PricedItem], plans: Mapping[UUID, RatePlan]) -> None:
    """A place may take fewer people at once than its units, one by one."""
    stays: dict[UUID, list[tuple[Period, int]]] = {}
    limits: dict[UUID, int | None] = {}
    for item in items:
        listing = plans[item.listing_id].listing
        guests = party_rules(listing).guests_of(item.party)
        stays.setdefault(item.property_id, []).append((Period(item.starts_at, item.ends_at), guests))
        limits[item.property_id] = listing.property.max_guests
    reasons = [reason for place, found in stays.items() for reason in check_together(limits[place], found)]
    if reasons:
        raise BadInput.of([ErrorItem(str(reason.code), reason.detail, "items") for reason in reasons])


def _refuse_mixed(plans: Sequence[RatePlan]) -> None:
    """One booking has one counterparty and one currency."""
    if len({(plan.company_id, plan.currency) for plan in plans}) > 1:
        raise BadInput(
            "These places cannot be booked together: they differ in company or currency.",
            code="mixed_cart",
            attr="items",
        )


def _price(item: ItemRequest, plan: RatePlan, now: datetime) -> PricedItem:
    listing = plan.listing
    period = wished_period(listing, item.when, now=now)
    first, last = local_dates(listing, item.when, period)
    quantity = wished_quantity(listing, item.when, item.party)
    price = _terms_price(plan, item, period, first, quantity)
    return PricedItem(
        listing_id=plan.listing_id,
        property_id=listing.property_id,
        company_id=plan.company_id,
        title=listing.title,
        occasion=occasion_of(item.when),
        check_in=first,
        check_out=last,
        starts_at=period.start,
        ends_at=period.end,
        quantity=quantity,
        party=item.party,
        lines=price.lines,
        subtotal=price.subtotal,
        taxes=price.taxes,
        cleaning_fee=price.amount_of(LineKind.CLEANING),
        nightly=price.nightly,
        total=price.total,
        due_now=_due_now(plan, price.total),
        cancellation=cancellation_terms(plan.cancellation_policy.name, plan.cancellation_policy.tiers),
        nights=price.nights,
    )


def _terms_price(plan: RatePlan, item: ItemRequest, period: Period, first: date, quantity: int) -> PricedStay:
    """The price by what the plan's base price buys; that it fits the listing's mode was seen to when it was set."""
    when = item.when
    last = when.check_out if isinstance(when, Nights) else first + _DAY
    terms = rate_plan_terms(plan, start=first, end=last)
    match when:
        case Slot():
            return price_slot(
                terms,
                day=first,
                # To the nearest minute: clients work both ends out from clocks that run on meanwhile.
                minutes=(period.duration + timedelta(seconds=30)) // timedelta(minutes=1),
                party=item.party,
                is_hourly=plan.basis == RatePlan.Basis.HOUR,
                quantity=quantity,
            )
        case Nights() if plan.basis == RatePlan.Basis.NIGHT:
            return price_stay(terms, check_in=when.check_in, check_out=when.check_out, party=item.party)
        case Nights():
            return price_flat(terms, day=first, nights=when.count, party=item.party)
    return price_flat(terms, day=first, nights=None, party=item.party)


def _cart(items: tuple[PricedItem, ...], plans: Mapping[UUID, RatePlan]) -> PricedCart:
    plan = plans[items[0].listing_id]
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
        damage_deposit=deposit_of_all([each for item in items if (each := _deposit(item, plans)) is not None]),
        capture=capture_of_all(CaptureWhen(plans[item.listing_id].capture) for item in items),
    )
    return replace(cart, refund_timeline=refund_timeline_of_parts(cart.refund_parts(), paid=total, as_of=clock.now()))


def _deposit(item: PricedItem, plans: Mapping[UUID, RatePlan]) -> DepositTerms | None:
    """Against damage: for each unit that is taken."""
    plan = plans[item.listing_id]
    amount = Money(plan.damage_deposit_minor * item.quantity, plan.currency)
    if not amount.is_positive:
        return None
    return DepositTerms(amount, plan.damage_deposit_ask_days, plan.damage_deposit_return_days)


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
