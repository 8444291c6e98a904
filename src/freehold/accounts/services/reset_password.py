"""A forgotten password is replaced, by whoever got the mailed link."""

from allauth.account.forms import UserTokenForm
from django.db import transaction

from freehold.accounts.events import AccountMailRequested
from freehold.accounts.guessing import forget_guesses, note_address
from freehold.accounts.mails import request_mail
from freehold.accounts.models import User
from freehold.accounts.services.register_user import require_good_password
from freehold.core.errors import BadInput


def reset_password(*, key: str, password: str, address: str) -> None:
    """`key` is the "<user>/<token>" that ends the link, or "<user>-<token>"; it is good once. `address`: of whoever has
    it, the owner.

    Every session and token of the account ends, because they hold a hash of the old password. Raises BadInput
    for a key that is wrong, used or too old, and for a password that the validators refuse.
    """
    uidb36, _, token = key.strip("/").replace("/", "-").partition("-")
    with transaction.atomic():
        form = UserTokenForm({"uidb36": uidb36, "key": token})
        if not form.is_valid() or form.reset_user is None:
            raise _bad_key()
        user = User.objects.select_for_update().get(pk=form.reset_user.pk)
        # Once more under the lock: two requests with one key change the password once.
        if not user.is_active or not form.token_generator.check_token(user, token):
            raise _bad_key()
        require_good_password(password, user, attr="password")
        user.set_password(password)
        user.save(update_fields=["password", "updated_at"])
        forget_guesses(user.pk)
        note_address(user.pk, address)
        if user.email:
            request_mail(AccountMailRequested(mail="password_reset", to=user.email, user_id=user.pk))


def _bad_key() -> BadInput:
    return BadInput("This link was used already, or is too old.", code="invalid_key", attr="key")
