"""People who had an account elsewhere: their passwords go on working, or are reported."""

from hashlib import md5, sha1
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, ScryptPasswordHasher
from django.utils import timezone

from freehold.accounts.hashers import keep_hash
from freehold.accounts.models import User
from freehold.accounts.services.import_user import PersonToImport, import_user
from freehold.config.settings import base
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict

PASSWORD = "old-Secret-9"
MD5 = "md5$pepper$33ecba276627e6d874f0b19cc3ea1c50"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_hashers(settings: Any) -> None:
    """As in production: tests hash with something quick."""
    settings.PASSWORD_HASHERS = base._people(django_settings.ENV)["PASSWORD_HASHERS"]


def brought(**facts: Any) -> Any:
    return import_user(actor=Actor.system("test"), person=PersonToImport(**{"email": "a@example.com", **facts}))


@pytest.mark.parametrize(
    "encoded",
    [
        PBKDF2PasswordHasher().encode(PASSWORD, "saltsaltsalt", 1000),
        ScryptPasswordHasher().encode(PASSWORD, "saltsaltsalt", 2**8),
        MD5PasswordHasher().encode(PASSWORD, "pepper"),
        "sha1$pepper$" + sha1(b"pepper" + PASSWORD.encode()).hexdigest(),
        "sha1$$" + sha1(PASSWORD.encode()).hexdigest(),
        md5(PASSWORD.encode()).hexdigest(),
    ],
    ids=["pbkdf2", "scrypt", "md5", "sha1", "unsalted sha1", "bare md5"],
)
def test_a_password_goes_on_working_however_it_was_hashed(encoded: str) -> None:
    user = brought(password=encoded).user
    assert not user.check_password("another-Secret-9")
    assert user.check_password(PASSWORD)


def test_a_hash_that_is_quickly_guessed_is_not_stored_as_it_came() -> None:
    stored = keep_hash(MD5)
    assert stored.startswith("pbkdf2_wrapped_md5$")
    assert "33ecba27" not in stored


@pytest.mark.parametrize(
    "encoded",
    [
        "bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv",
        "pbkdf2_sha256$999999999$salt$AAAA",
        "scrypt$1073741824$salt$8$1$AAAA",
        "argon2$argon2id$v=19$m=99999999,t=2,p=8$c2FsdA$aGFzaA",
        "argon2$argon2id$v=19$m=102400,t=2,p=8$a$b",
        "scrypt$32768$saltsaltsalt$8$1$AAAA",
        "scrypt$1000$saltsaltsalt$8$1$AAAA",
        "md5$pepper$tooshort",
        "plain text",
        "x" * 500,
    ],
)
def test_a_password_that_cannot_be_checked_is_reported_and_reset_by_mail(encoded: str) -> None:
    made = brought(password=encoded)
    assert not made.user.has_usable_password()
    assert "chooses a new one by mail" in "; ".join(made.notes)


def test_an_unusable_password_stays_so_without_a_word() -> None:
    made = brought(password="!abc")
    assert (made.user.has_usable_password(), made.notes) == (False, [])


def test_a_confirmed_address_leads_to_its_account_which_stays_as_it_is() -> None:
    known = User.objects.create_user("a@example.com", "another-Secret-9")
    EmailAddress.objects.create(user=known, email="a@example.com", verified=True, primary=True)
    made = brought(password=MD5, first_name="Mallory")
    known.refresh_from_db()
    assert (made.user, made.is_new, known.first_name) == (known, False, "")
    assert known.check_password("another-Secret-9")


def test_an_address_that_somebody_uses_without_having_confirmed_it_is_not_shared() -> None:
    User.objects.create_user("a@example.com", "another-Secret-9", last_login=timezone.now())
    with pytest.raises(Conflict, match="has not confirmed it"):
        brought(password=MD5)


def test_an_administrator_is_never_touched() -> None:
    admin = User.objects.create_superuser("a@example.com", "another-Secret-9")
    with pytest.raises(Conflict):
        brought(password=MD5)
    admin.refresh_from_db()
    assert admin.check_password("another-Secret-9")


def test_names_that_are_taken_or_do_not_fit_are_left_out_and_reported() -> None:
    brought(email="b@example.com", username="Jack")
    made = brought(username="jack")
    assert (made.user.username, "user name jack is taken" in made.notes[0]) == (None, True)
    assert brought(email="not an address", username="x@example.com").user.email == "x@example.com"
    with pytest.raises(BadInput, match="Nothing is left"):
        brought(email="", username="y" * 61)


def test_only_the_system_brings_people() -> None:
    with pytest.raises(AccessDenied):
        import_user(actor=Actor.anonymous(), person=PersonToImport(email="a@example.com"))


def test_a_proved_number_that_does_not_come_along_is_reported() -> None:
    dropped = "the proved phone number was left out: the owner of the account here adds it"
    known = brought(phone="+14155550123", joined_at=timezone.now()).user
    assert dropped not in brought(phone="+14155550123").notes
    EmailAddress.objects.filter(user=known).update(verified=True)
    assert dropped in brought(phone="+14155550124").notes
    unconfirmed = brought(email="b@example.com").user
    made = brought(email="b@example.com", phone="+14155550125", joined_at=timezone.now())
    assert (made.user, dropped in made.notes) == (unconfirmed, True)
    assert User.objects.filter(phone__in=["+14155550124", "+14155550125"]).count() == 0
