"""bKash seen from outside: tokenized checkout, refunds, payouts, and notices through Amazon's service, with play money.

Nothing is taken before the merchant executes an approved payment. Where bKash's documents and its sandbox disagree,
the simulator does as the sandbox does.
"""
