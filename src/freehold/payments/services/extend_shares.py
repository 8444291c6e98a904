"""A hold has more time, and so have those who pay for it."""

from datetime import datetime
from uuid import UUID

from freehold.core import clock
from freehold.payments.models import PayLink


def extend_shares(*, folio_id: UUID, until: datetime) -> None:
    shares = PayLink.objects.system("hold extended").filter(folio_id=folio_id, is_share=True, revoked_at=None)
    shares.update(expires_at=until, updated_at=clock.now())
