"""Bring in somebody who had an account in another system, with the password that they have there."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from freehold.accounts.hashers import keep_hash
from freehold.accounts.models import User
from freehold.accounts.phones import read_phone
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput, Conflict

_LONGEST = {"email": 254, "username": 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonToImport:
    """`password` is a hash as Django stores it. `phone` as people write it, of `region` where it names no country;
    only one that the person has proved to hold, since it opens the account. `serial`: the number that the person keeps
    (none: the next one)."""

    email: str = ""
    username: str = ""
    phone: str = ""
    region: str = ""
    first_name: str = ""
    last_name: str = ""
    password: str = ""
    is_active: bool = True
    joined_at: datetime | None = None
    date_of_birth: date | None = None
    gender: str = ""
    serial: int | None = None


@dataclass(slots=True)
class ImportedPerson:
    """`is_new` is false for somebody who has an account here already. `notes` say what could not be kept, and why."""

    user: User
    is_new: bool
    notes: list[str] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return self.user.pk


def import_user(*, actor: Actor, person: PersonToImport) -> ImportedPerson:
    """Makes the account, or finds the one that is proved to be the same person's. For the system only.

    A confirmed address or number leads to its account, which stays as it is. An address that nobody has confirmed, on
    an account that nobody ever signed in to, leads there too, but then its password counts no more: two systems say
    something else, and who owns the address can choose another one by mail. Nothing of what the person may do elsewhere
    comes along. Raises BadInput `no_identifier`, and Conflict `address_not_confirmed` when somebody who signs in here
    has the same address without having confirmed it.
    """
    if not actor.is_system:
        raise AccessDenied("Only the system imports people.")
    notes: list[str] = []
    email, username = _names(person, notes)
    phone = _phone(person, notes)
    found = _proved(email, phone)
    if found is not None:
        _note_phone(found, phone, notes)
        return ImportedPerson(found, False, [*notes, "has an account here, which stays as it is"])
    if email and (known := User.objects.filter(email=email).first()) is not None:
        _note_phone(known, phone, notes)
        return _of_nobody_yet(known, person, notes)
    if username and User.objects.filter(username=username).exists():
        notes.append(f"the user name {username} is taken here and was left out")
        username = ""
    if not (email or username or phone):
        raise BadInput("Nothing is left to know this person by.", code="no_identifier")
    user = User(
        email=email or None,
        username=username or None,
        phone=phone or None,
        phone_verified_at=person.joined_at if phone else None,
        first_name=person.first_name[:100],
        last_name=person.last_name[:100],
        password=_password(person, notes),
        is_active=person.is_active,
        date_of_birth=person.date_of_birth,
        gender=person.gender,
        **({} if person.serial is None else {"serial": person.serial}),
    )
    user.save(force_insert=True)
    if email:
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    if person.joined_at is not None:
        User.objects.filter(pk=user.pk).update(created_at=person.joined_at)
    return ImportedPerson(user, True, notes)


def _names(person: PersonToImport, notes: list[str]) -> tuple[str, str]:
    """The address and the user name, of which one may stand in the other's place."""
    email, username = person.email.strip().lower(), person.username.strip().lower()
    if email and not _is_address(email):
        notes.append("the e-mail address is none and was left out")
        email = ""
    if _is_address(username):
        if email not in ("", username):
            notes.append(f"signed in as {username}: from now on the address is {email}")
        email, username = email or username, ""
    if len(username) > _LONGEST["username"]:
        notes.append(f"a user name has at most {_LONGEST['username']} characters: it was left out")
        username = ""
    return email, username


def _is_address(text: str) -> bool:
    if not text or len(text) > _LONGEST["email"]:
        return False
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _phone(person: PersonToImport, notes: list[str]) -> str:
    if not person.phone.strip():
        return ""
    try:
        return read_phone(person.phone, region=person.region).e164
    except BadInput as refusal:
        notes.append(f"the phone number was left out: {refusal.detail}")
        return ""


def _note_phone(known: User, phone: str, notes: list[str]) -> None:
    """An account that was here keeps its number, or none, whatever was proved elsewhere."""
    if phone and (known.phone != phone or known.phone_verified_at is None):
        notes.append("the proved phone number was left out: the owner of the account here adds it")


def _proved(email: str, phone: str) -> User | None:
    """The active account whose owner has proved one of these."""
    people = User.objects.filter(is_active=True)
    if phone and (found := people.filter(phone=phone, phone_verified_at__isnull=False).first()):
        return found
    return people.filter(emailaddress__email=email, emailaddress__verified=True).first() if email else None


def _of_nobody_yet(known: User, person: PersonToImport, notes: list[str]) -> ImportedPerson:
    if known.last_login is not None or not known.is_active or known.is_staff or known.is_superuser:
        detail = "An account here has this address and has not confirmed it. Once it has, the import takes this row."
        raise Conflict(detail, code="address_not_confirmed", attr="email")
    if known.has_usable_password() and known.password != person.password:
        known.set_unusable_password()
        known.save(update_fields=["password", "updated_at"])
        notes.append("the address came with another password before: its owner chooses a new one by mail")
    return ImportedPerson(known, False, [*notes, "has an account here by this address"])


def _password(person: PersonToImport, notes: list[str]) -> str:
    try:
        kept = keep_hash(person.password)
    except BadInput:
        notes.append("the password cannot be checked here: its owner chooses a new one by mail")
        kept = ""
    return kept or make_password(None)
