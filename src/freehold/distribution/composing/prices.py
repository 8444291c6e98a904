"""Prices around a source's nightly price: it knows no weekends, no discounts, no fees and no terms.

All of this is composed, for a share of listings, so that a demonstration has every rule of pricing in it.
Amounts follow from the nightly price, in whole units of the currency.
"""

from dataclasses import dataclass

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.records import ListingRecord
from freehold.distribution.composing.choices import Choices
from freehold.domain.cancellation import CancellationTerms, Tier
from freehold.domain.money import exponent, percent_of, round_half_up

FLEXIBLE = CancellationTerms((Tier(24, 10_000),), "Flexible")
MODERATE = CancellationTerms((Tier(120, 10_000), Tier(24, 5_000)), "Moderate")
FIRM = CancellationTerms((Tier(720, 10_000), Tier(168, 5_000)), "Firm")
LONG_STAY = CancellationTerms((Tier(1440, 10_000), Tier(720, 5_000), Tier(336, 2_500)), "Long stay")
NON_REFUNDABLE = CancellationTerms((), "Non-refundable")
POLICIES = (FLEXIBLE, MODERATE, FIRM, LONG_STAY, NON_REFUNDABLE)

_MONTH, _WEEK = 28, 7
_WEEKEND_NIGHTS = frozenset({4, 5})
# Percent of listings that have the rule.
_WEEKEND_SHARE = {Space.ENTIRE: 40, Space.HOTEL_ROOM: 55}
_WEEKEND_SHARE_OF_ROOMS = 15
_CLEANING_SHARE = {Space.ENTIRE: 75, Space.PRIVATE_ROOM: 35}
_DISCOUNT_SHARE = 45
_EXTRA_GUEST_SHARE = 20
_LEAST_GUESTS_FOR_EXTRA = 4


@dataclass(frozen=True, slots=True)
class ComposedPrices:
    """What goes around the nightly price; amounts in minor units. `weekday_prices` is from Monday, None is
    the base price; `stay_discounts` is (least nights, basis points off).
    """

    weekday_prices: tuple[int | None, ...] | None
    stay_discounts: tuple[tuple[int, int], ...]
    included_guests: int
    extra_guest_fee_minor: int
    cleaning_fee_minor: int
    policy: CancellationTerms


def compose_prices(record: ListingRecord) -> ComposedPrices:
    """The same record always gets the same prices."""
    choices = Choices(record.source_id)
    has_extra = record.accommodates >= _LEAST_GUESTS_FOR_EXTRA and choices.happens("extra guests", _EXTRA_GUEST_SHARE)
    return ComposedPrices(
        weekday_prices=_weekend(record, choices),
        stay_discounts=_discounts(record, choices),
        included_guests=record.accommodates - 2 if has_extra else record.accommodates,
        extra_guest_fee_minor=_share(record, 6 + choices.number("extra guest", 5)) if has_extra else 0,
        cleaning_fee_minor=_cleaning(record, choices),
        policy=_policy(record, choices),
    )


def _share(record: ListingRecord, percent: int) -> int:
    """So many percent of the nightly price, in whole units of the currency."""
    unit: int = 10 ** exponent(record.currency)
    return round_half_up(percent_of(record.price_minor, percent * 100), unit) * unit


def _weekend(record: ListingRecord, choices: Choices) -> tuple[int | None, ...] | None:
    share = _WEEKEND_SHARE.get(record.space, _WEEKEND_SHARE_OF_ROOMS)
    if record.min_nights >= _MONTH or not choices.happens("weekend", share):
        return None
    price = max(record.price_minor, _share(record, 108 + choices.number("weekend price", 15)))
    return tuple(price if day in _WEEKEND_NIGHTS else None for day in range(7))


def _discounts(record: ListingRecord, choices: Choices) -> tuple[tuple[int, int], ...]:
    if record.min_nights >= _MONTH or not choices.happens("discounts", _DISCOUNT_SHARE):
        return ()
    weekly = (_WEEK, 100 * (5 + choices.number("weekly", 8)))
    monthly = (_MONTH, 100 * (15 + choices.number("monthly", 11)))
    return (weekly, monthly) if choices.happens("monthly too", 60) else (weekly,)


def _cleaning(record: ListingRecord, choices: Choices) -> int:
    if not choices.happens("cleaning", _CLEANING_SHARE.get(record.space, 0)):
        return 0
    return _share(record, 15 + choices.number("cleaning fee", 20))


def _policy(record: ListingRecord, choices: Choices) -> CancellationTerms:
    if record.min_nights >= _MONTH:
        return LONG_STAY
    if record.space is Space.HOTEL_ROOM:
        return choices.one_of("policy", (FLEXIBLE, FLEXIBLE, FLEXIBLE, NON_REFUNDABLE))
    return choices.one_of("policy", (FLEXIBLE, FLEXIBLE, FLEXIBLE, MODERATE, MODERATE, MODERATE, FIRM, FIRM))
