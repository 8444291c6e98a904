"""Primary keys: UUIDv7, so that an id is unguessable and an index stays append-only."""

from uuid import UUID

import uuid_utils


def uuid7() -> UUID:
    """A new UUIDv7 as a standard library UUID."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
