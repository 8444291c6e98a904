"""The mail to somebody who is asked to work in a company. Outbox: it may run more than once for one mail."""

from django.conf import settings
from django.urls import reverse

from freehold.companies.events import MemberInvited
from freehold.companies.invitation_link import token_of
from freehold.companies.models import Invitation
from freehold.messaging.services.send_message import send_message


def tell_invited(event: MemberInvited) -> None:
    """Nothing for an invitation that was accepted or revoked meanwhile, or of which a later mail is on its way."""
    rows = Invitation.objects.system("invitation").select_related("company", "invited_by")
    invitation = rows.filter(pk=event.invitation_id, sends=event.number, accepted_at=None, revoked_at=None).first()
    if invitation is None:
        return
    send_message(
        key=f"invitation:{invitation.pk}:{event.number}",
        template="invitation",
        recipient=invitation.email,
        context={
            "company": invitation.company.name,
            "inviter": invitation.invited_by.get_full_name() if invitation.invited_by else "",
            "role": invitation.get_role_display(),
            "expires_at": invitation.expires_at,
            "url": f"{settings.SITE_URL}{reverse('site:invitation', args=[token_of(invitation)])}",
        },
        company_id=invitation.company_id,
    )
