"""A device that was lost or is not known any more is signed out, from another one."""

from allauth.usersessions.models import UserSession

from freehold.accounts.sessions import end_sessions
from freehold.core.actor import Actor
from freehold.core.errors import NotFound


def end_device(*, actor: Actor, device_id: int) -> None:
    """Its session and all its tokens end at once. Raises AccessDenied for nobody, NotFound for what is not theirs."""
    user_id = actor.own_hand()
    key = UserSession.objects.filter(user_id=user_id, pk=device_id).values_list("session_key", flat=True).first()
    if key is None:
        raise NotFound
    end_sessions([key])


def end_other_devices(*, actor: Actor, current_key: str) -> int:
    """All but the one that `current_key` names. Returns how many. Raises AccessDenied for nobody."""
    others = UserSession.objects.filter(user_id=actor.own_hand()).exclude(session_key=current_key)
    keys = list(others.values_list("session_key", flat=True))
    return end_sessions(keys)
