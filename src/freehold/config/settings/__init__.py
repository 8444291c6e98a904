"""One module per way of running: dev, demo, test, production. `base` holds what they share."""
