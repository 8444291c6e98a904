"""Read back what was promised, if it is still promised."""

from uuid import UUID

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound
from freehold.pricing.models import Quote
from freehold.pricing.signing import is_signed
from freehold.pricing.types import PricedCart


def redeem_quote(*, actor: Actor, quote_id: UUID | str) -> tuple[Quote, PricedCart]:
    """The quote and its terms. An anonymous quote serves whoever has its id; a person's quote only that person.

    Raises NotFound, Conflict `quote_expired` (by the database's clock), BadInput `quote_tampered`.
    """
    quote = Quote.objects.system("an id that cannot be guessed").filter(pk=quote_id).first()
    if quote is None or (quote.user_id is not None and quote.user_id != actor.user_id):
        raise NotFound("There is no such quote.")
    if quote.expires_at <= clock.database_now():
        raise Conflict("This quote has expired. Ask for a new one.", code="quote_expired", attr="quote_id")
    if not is_signed(quote.pk, quote.payload, quote.signature):
        raise BadInput("This quote is not what was promised.", code="quote_tampered", attr="quote_id")
    return quote, PricedCart.from_json(quote.payload)
