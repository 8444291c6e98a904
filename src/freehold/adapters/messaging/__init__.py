"""One module per way to send messages."""
