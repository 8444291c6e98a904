"""One package per payment provider."""
