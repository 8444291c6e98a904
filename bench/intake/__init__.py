"""What the measurement of the webhook intake needs: payments that wait, providers that answer, their messages."""
