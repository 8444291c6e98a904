"""Payment attempts, the gateway event inbox, refunds and the review queue."""
