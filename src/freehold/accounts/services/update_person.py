"""The profile and the e-mail address in one step, for forms that ask for both: all of it is taken, or nothing."""

from collections.abc import Mapping
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from freehold.accounts.models import User
from freehold.accounts.services.change_email import change_email
from freehold.accounts.services.update_profile import update_profile
from freehold.core.actor import Actor


def update_person(
    *, actor: Actor, session: SessionBase, changes: Mapping[str, Any], email: str | None = None
) -> tuple[User, bool]:
    """The person as they are now, and whether the address is theirs already: else a link was mailed to it.

    Raises what `update_profile` and `change_email` raise.
    """
    with transaction.atomic():
        user = update_profile(actor=actor, changes=changes)
        is_settled = email is None or change_email(actor=actor, session=session, email=email)
        user.refresh_from_db(fields=["email"])
    return user, is_settled
