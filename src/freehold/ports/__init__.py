"""What Freehold needs of the outside world: Protocols and frozen dataclasses, no behaviour."""
