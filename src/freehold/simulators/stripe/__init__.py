"""Stripe as it looks from outside: intents, Checkout, refunds, transfers, payouts, disputes, the balance, events.

Paths, parameters, objects, errors, idempotency and signatures are Stripe's own (API version 2026-10-28.endive), so that
its official SDK works against it; the money is play money. Everybody with the key is the same merchant; a
`Stripe-Account` header acts as a connected account with books of its own.

What decides how a payment goes: on the hosted page a button, in `confirm` Stripe's test payment methods
(`pm_card_visa`, `pm_card_chargeDeclined`, `pm_card_authenticationRequired`, `pm_usBankAccount` ...). Of what is sent
out, the destination does: `acct_...missing` does not exist, `acct_...bounce` comes back, `ba_...fail` and
`ba_...return` fail before and after they were paid.
"""
