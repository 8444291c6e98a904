"""Customers and the cards that they left for later: what `setup_future_usage` keeps, and who may use it."""

from freehold.simulators.stripe import objects
from freehold.simulators.stripe.errors import Refusal
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import Body, Store


def new_customer(store: Store, *, email: str | None) -> Body:
    made = objects.customer(id_=store.new_id("customer"), created=store.seconds(), livemode=store.livemode, email=email)
    return store.put(made)


def name_customer(store: Store, intent: Body, params: Params) -> None:
    """Whose intent it is, where that is said. Raises Refusal for a customer that is none."""
    customer_id = params.text("customer")
    if customer_id is not None:
        intent["customer"] = store.get("customer", customer_id, param="customer")["id"]


def keep(store: Store, intent: Body) -> None:
    """The card with which this was paid can be used again, if the payer agreed to that and is known."""
    method = intent["payment_method"] or ""
    if intent["setup_future_usage"] is None or not intent["customer"] or store.find(method) is not None:
        return
    kept = objects.payment_method(
        id_=store.new_id("payment_method"),
        created=store.seconds(),
        livemode=store.livemode,
        customer_id=intent["customer"],
    )
    store.put(kept, parent=intent["customer"])
    intent["payment_method"] = kept["id"]


def need_usable(store: Store, intent: Body, method: str) -> None:
    """Raises Refusal unless the card was left by this customer."""
    kept = store.get("payment_method", method, param="payment_method")
    if not intent["customer"] or kept["customer"] != intent["customer"]:
        message = "The provided PaymentMethod does not belong to the Customer of this PaymentIntent."
        raise Refusal.bad("payment_method", message)
