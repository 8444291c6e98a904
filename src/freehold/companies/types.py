"""What other rooms see of a company and its people."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipView:
    """One company that a person works in."""

    company_id: UUID
    name: str
    slug: str
    currency: str
    time_zone: str
    role: str
    permissions: tuple[str, ...]
    requires_second_factor: bool = False
    # It does, and the person has none: until then `permissions` are empty.
    needs_second_factor: bool = False
