"""The space of items that was given back, wanted once more: on the units that they had, if these can be had."""

from freehold.bookings.models import Booking, BookingItem
from freehold.domain.periods import Period
from freehold.inventory.services.swap_claims import Move
from freehold.inventory.types import ListingWish
from freehold.pricing.types import PricedCart


def standing_items(booking: Booking) -> list[BookingItem]:
    """Those that were not given up, with place and claim at hand; the items of the terms, in their order."""
    return list(booking.items.filter(cancelled_at=None).select_related("listing__property", "claim"))


def moves_again(booking: Booking, items: list[BookingItem]) -> list[Move]:
    """What each of these standing items wants, in their order."""
    cart = PricedCart.from_json(booking.terms)
    quantities = {row.pk: item.quantity for row, item in zip(standing_items(booking), cart.items, strict=True)}
    return [
        Move(
            ListingWish(
                listing=item.listing,
                when=item.when,
                period=Period(item.starts_at, item.ends_at),
                quantity=quantities[item.pk],
            ),
            tuple(item.claim.unit_ids),
        )
        for item in items
    ]
