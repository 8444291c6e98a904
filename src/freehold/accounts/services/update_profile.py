"""People say how they are called, and in which language and time zone they read."""

from collections.abc import Mapping
from zoneinfo import available_timezones

from freehold.accounts.models import User
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, BadInput

EDITABLE = ("first_name", "last_name", "language", "time_zone")


def update_profile(*, actor: Actor, changes: Mapping[str, str]) -> User:
    """Changes the actor's own profile. Raises AccessDenied for nobody, BadInput for an unknown time zone."""
    if actor.user_id is None:
        raise AccessDenied("Sign in first.")
    time_zone = changes.get("time_zone")
    if time_zone and time_zone not in available_timezones():
        raise BadInput("There is no such time zone.", code="unknown_time_zone", attr="time_zone")
    user = User.objects.get(pk=actor.user_id)
    changed = [name for name in EDITABLE if name in changes]
    for name in changed:
        setattr(user, name, changes[name])
    if changed:
        user.save(update_fields=[*changed, "updated_at"])
    return user
