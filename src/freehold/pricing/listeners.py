"""What pricing does when accounts announce something; `config/wiring.py` connects them."""

from freehold.accounts.events import AccountsMerged
from freehold.pricing.models import Quote


def move_quotes(event: AccountsMerged) -> None:
    """In-transaction: a price that was promised to one is promised to the other."""
    Quote.objects.system("accounts merged").filter(user_id=event.merged_id).update(user_id=event.kept_id)
