"""What messaging does when accounts announce something; `config/wiring.py` connects it."""

from freehold.accounts.events import AccountErased
from freehold.accounts.models import User
from freehold.accounts.selectors import proved_contacts
from freehold.messaging.models import Delivery

ERASED = "erased"


def forget_recipient(event: AccountErased) -> None:
    """In-transaction: that something was sent stays known, to whom does not."""
    user = User.objects.get(pk=event.user_id)
    Delivery.objects.filter(recipient__in=proved_contacts(user=user)).update(recipient=ERASED, subject="")
