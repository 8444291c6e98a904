"""Nobody should pay for this commitment any more, or not in this way."""

from uuid import UUID

from freehold.payments.models import OPEN_STATES, Payment
from freehold.payments.services.let_go import let_go


def request_close_attempts(*, folio_id: UUID) -> None:
    """Asks for every open attempt of the folio to be closed at its gateway, after this transaction. Needs one."""
    let_go(payments=Payment.objects.system("close attempts").filter(folio_id=folio_id, state__in=OPEN_STATES))
