"""What it costs: rate plans, taxes and fees, cancellation policies, quotes."""
