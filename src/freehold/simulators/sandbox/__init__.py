"""The sandbox payment gateway: hosted checkout, signed webhooks, refunds and a ledger, with no real money.

It behaves like a card gateway seen from outside, including its bad days: late, lost, doubled and reordered
webhooks, wrong amounts, timeouts before and after execution.
"""
