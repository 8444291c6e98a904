"""The link by which somebody accepts an invitation: signed, and good for the latest mail alone."""

from uuid import UUID

from django.core import signing

from freehold.companies.models import Invitation

_SALT = "freehold.invitation"


def token_of(invitation: Invitation) -> str:
    return signing.dumps([invitation.pk.hex, invitation.sends], salt=_SALT)


def find_invitation(token: str, *, lock: bool = False) -> Invitation | None:
    """The invitation, whatever has become of it; None for a token that is forged or not of the latest mail."""
    try:
        key, number = signing.loads(token, salt=_SALT)
        wanted = UUID(key)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    rows = Invitation.objects.system("whoever has the link").filter(pk=wanted, sends=number)
    return rows.select_for_update().first() if lock else rows.select_related("company", "invited_by").first()
