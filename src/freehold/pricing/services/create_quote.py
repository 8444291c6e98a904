"""Promise a price for a while."""

from collections.abc import Sequence
from datetime import timedelta

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.ids import uuid7
from freehold.pricing.models import Quote
from freehold.pricing.services.price_cart import price_cart
from freehold.pricing.signing import sign_quote
from freehold.pricing.types import ItemRequest

VALID_FOR = timedelta(minutes=15)


def create_quote(*, actor: Actor, items: Sequence[ItemRequest]) -> Quote:
    """Stores the priced cart, signed. A signed-in person's quote is theirs alone. Raises like `price_cart`."""
    cart = price_cart(actor=actor, items=items)
    quote_id = uuid7()
    payload = cart.to_json()
    return Quote.objects.create(
        id=quote_id,
        company_id=cart.company_id,
        user=actor.user,
        currency=cart.currency,
        total_minor=cart.total.minor,
        payload=payload,
        signature=sign_quote(quote_id, payload),
        expires_at=clock.database_now() + VALID_FOR,
    )
