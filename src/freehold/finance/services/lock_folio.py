"""The first lock of everything that moves money."""

from uuid import UUID

from freehold.core.errors import NotFound
from freehold.finance.models import Folio


def lock_folio(folio_id: UUID) -> Folio:
    """Locks the folio until the transaction ends, and returns it. Locking it again is harmless. Raises NotFound."""
    # Not FOR UPDATE: rows that merely point to the folio may be inserted meanwhile.
    folio = Folio.objects.system("lock").select_for_update(no_key=True).filter(pk=folio_id).first()
    if folio is None:
        raise NotFound
    return folio
