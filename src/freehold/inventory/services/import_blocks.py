"""Close the calendars of freshly imported units with what another system says is taken.

The bulk form of claiming, for units that nobody can have claimed yet: they were made in the same transaction,
or hold nothing. Then there is nobody to wait for and nothing to lapse, and the exclusion constraint alone
decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from freehold.companies.policies import require
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.copying import copy_rows, refresh_statistics
from freehold.core.ids import uuid7
from freehold.domain.periods import Period
from freehold.inventory.models import Allocation, Claim, Purpose


@dataclass(frozen=True, slots=True)
class BlockToImport:
    """One leaf unit, taken elsewhere for a period."""

    company_id: UUID
    listing_id: UUID
    unit_id: UUID
    period: Period
    external_uid: str = ""


def import_blocks(*, actor: Actor, blocks: Iterable[BlockToImport], note: str = "") -> int:
    """Makes an external claim of each block and returns how many. Needs `inventory.block` in each company.

    The units must be leaves without any allocation: ValueError otherwise. Overlapping blocks of one unit
    violate the exclusion constraint, and nothing is kept.
    """
    chosen = list(blocks)
    for company_id in {block.company_id for block in chosen}:
        require(actor=actor, permission="inventory.block", company_id=company_id)
    now = clock.now()
    claims = [(uuid7(), block, DateTimeTZRange(block.period.start, block.period.end, "[)")) for block in chosen]
    with transaction.atomic():
        unit_ids = {block.unit_id for block in chosen}
        if Allocation.objects.filter(unit_id__in=unit_ids).exists():
            raise ValueError("Some of these units are claimed already: import their blocks one by one.")
        copy_rows(
            Claim,
            _CLAIM,
            (
                (
                    *(claim_id, now, now, block.company_id, Purpose.EXTERNAL.value, block.listing_id, [block.unit_id]),
                    *(period, 0, note, block.external_uid),
                )
                for claim_id, block, period in claims
            ),
        )
        copy_rows(
            Allocation,
            ("unit_id", "period", "claim_id"),
            ((block.unit_id, period, claim_id) for claim_id, block, period in claims),
        )
        refresh_statistics(Claim, Allocation)
    return len(claims)


_CLAIM = (
    *("id", "created_at", "updated_at", "company_id", "purpose", "listing_id", "unit_ids"),
    *("period", "extensions", "note", "external_uid"),
)
