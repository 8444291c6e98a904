"""A person asks to be forgotten. What must be kept, the books and who stayed when, keeps a pseudonym."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.files.storage import default_storage
from django.db import transaction

from freehold.accounts.events import AccountClosed, AccountErased
from freehold.accounts.models import KnownAddress, PhoneCode, User
from freehold.accounts.services.set_avatar import FOLDER
from freehold.accounts.sessions import end_all_sessions
from freehold.core import clock, events
from freehold.core.actor import Actor
from freehold.core.outbox import forget_messages_about


def erase_account(*, actor: Actor) -> None:
    """Removes everything that says who the person was, for good; their rows stay, as "erased-...".

    The caller has proved afresh who is calling (`accounts.step_up`). Raises AccessDenied for nobody, and Conflict
    while somebody still needs to know: "bookings_ahead", "last_admin".
    """
    user_id = actor.own_hand()
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user_id)
        events.announce(AccountClosed(user_id=user.pk))
        events.announce(AccountErased(user_id=user.pk))
        for rows in (EmailAddress, Authenticator, SocialAccount, KnownAddress, PhoneCode):
            rows.objects.filter(user=user).delete()
        forget_messages_about(user.pk)
        end_all_sessions(user.pk)
        if user.avatar:
            path = f"{FOLDER}/{user.avatar}"
            transaction.on_commit(lambda: default_storage.delete(path))
        _make_nobody(user)


def _make_nobody(user: User) -> None:
    # The end of the id is its random part: the beginning tells when the account was made.
    user.username = f"erased-{user.pk.hex[-12:]}"
    user.email = user.phone = user.phone_verified_at = user.date_of_birth = user.last_login = None
    user.first_name = user.last_name = user.gender = user.avatar = user.time_zone = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.erased_at = clock.now()
    user.set_unusable_password()
    user.save()
    user.user_permissions.clear()
