"""Razorpay as a merchant meets it: orders and the tries at them, captures, refunds, disputes, payouts of RazorpayX,
signed webhooks and a checkout page, with no real money.

It speaks Razorpay's wire: paths, field names, the error envelope and its words, idempotency headers and signatures.
"""
