"""It is written down that somebody takes personal data out of the system."""

from uuid import UUID

from freehold.accounts.models import DataExport
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied


def note_export(*, actor: Actor, kind: DataExport.Kind, row_count: int, company_id: UUID | None = None) -> DataExport:
    """Before the file is handed out. Raises AccessDenied for who is no person."""
    if actor.user is None:
        raise AccessDenied("Sign in first.")
    return DataExport.objects.create(
        user=actor.user,
        impersonator_id=actor.impersonator_id,
        kind=kind,
        company_id=company_id,
        row_count=row_count,
    )
