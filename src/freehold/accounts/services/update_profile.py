"""People say how they are called, and in which language and time zone they read."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from freehold.accounts.models import Gender, User
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput

EDITABLE = ("first_name", "last_name", "language", "time_zone", "date_of_birth", "gender")
_OLDEST = 130


def update_profile(*, actor: Actor, changes: Mapping[str, Any]) -> User:
    """Changes the actor's own profile. Raises AccessDenied for nobody, BadInput for an unknown time zone or gender
    and for a day of birth that cannot be.
    """
    user_id = actor.own_hand()
    time_zone = changes.get("time_zone")
    if time_zone and time_zone not in available_timezones():
        raise BadInput("There is no such time zone.", code="unknown_time_zone", attr="time_zone")
    _check_birth(changes.get("date_of_birth"))
    if changes.get("gender") and changes["gender"] not in Gender.values:
        raise BadInput("Choose one of the list, or nothing.", code="invalid_choice", attr="gender")
    user = User.objects.get(pk=user_id)
    changed = [name for name in EDITABLE if name in changes]
    for name in changed:
        setattr(user, name, changes[name])
    if changed:
        user.save(update_fields=[*changed, "updated_at"])
    return user


def _check_birth(born: date | None) -> None:
    today = clock.now().date()
    if born is not None and not today.year - _OLDEST <= born.year <= today.year:
        raise BadInput("This is no day of birth.", code="invalid_date", attr="date_of_birth")
    if born is not None and born > today:
        raise BadInput("This day is still to come.", code="invalid_date", attr="date_of_birth")
