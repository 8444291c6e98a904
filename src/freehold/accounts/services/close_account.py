"""A person closes their account: nobody signs in with it any more, and everything in it stays as it is."""

from django.db import transaction

from freehold.accounts.events import AccountClosed, AccountMailRequested
from freehold.accounts.mails import request_mail
from freehold.accounts.models import User
from freehold.accounts.sessions import end_all_sessions
from freehold.core import clock, events
from freehold.core.actor import Actor


def close_account(*, actor: Actor) -> None:
    """Ends every session. An administrator of the platform can open the account again.

    The caller has proved afresh who is calling (`accounts.step_up`). Raises AccessDenied for nobody, and Conflict
    when somebody cannot do without this person, as with "last_admin".
    """
    user_id = actor.own_hand()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        events.announce(AccountClosed(user_id=user.pk))
        if user.email:
            request_mail(AccountMailRequested(mail="account_closed", to=user.email))
        user.is_active, user.closed_at = False, clock.now()
        user.save(update_fields=["is_active", "closed_at", "updated_at"])
        end_all_sessions(user.pk)
