"""Somebody who was invited comes to work in the company."""

from allauth.account.models import EmailAddress
from django.db import transaction

from freehold.companies.invitation_link import find_invitation
from freehold.companies.models import Company, Invitation, Membership, Role
from freehold.companies.policies import PERMISSIONS
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, Conflict, NotFound


def accept_invitation(*, actor: Actor, token: str) -> Membership:
    """`token` is the end of the mailed link. The actor has proved the address to which it went: it may be forwarded,
    it is good for nobody else.

    Raises AccessDenied for nobody and "other_address", NotFound for a token that is forged or of an earlier mail, and
    Conflict: "invitation_over", "already_member".
    """
    user_id = actor.own_hand()
    found = find_invitation(token)
    if found is None:
        raise NotFound("This link is not good any more.")
    with transaction.atomic():
        # In the order of everybody else who changes members: the company, then what belongs to it.
        company = Company.objects.select_for_update(no_key=True).get(pk=found.company_id)
        invitation = find_invitation(token, lock=True)
        if invitation is None:
            raise NotFound("This link is not good any more.")
        require_open(invitation, company)
        if not is_for(actor, invitation):
            raise AccessDenied(
                f"This invitation is for {invitation.email}. Sign in with an account that has proved this address.",
                code="other_address",
            )
        if Membership.objects.company(company.pk).filter(user_id=user_id).exists():
            raise Conflict("You work here already.", code="already_member")
        invitation.accepted_at, invitation.accepted_by = clock.now(), actor.user
        invitation.save(update_fields=["accepted_at", "accepted_by", "updated_at"])
        return Membership.objects.create(company=company, user_id=user_id, role=Role(invitation.role))


def is_for(actor: Actor, invitation: Invitation) -> bool:
    """Whether the actor has proved the address that was invited."""
    proved = EmailAddress.objects.filter(user=actor.user, email=invitation.email, verified=True)
    return bool(proved.exists())


def require_open(invitation: Invitation, company: Company) -> None:
    """Whoever invited still may: who was removed leaves no door open behind them. Raises Conflict."""
    is_open = invitation.accepted_at is None and invitation.revoked_at is None
    if not (is_open and company.is_active and invitation.expires_at > clock.now() and _inviter_may(invitation)):
        raise Conflict("This invitation is over. Ask for another one.", code="invitation_over")


def _inviter_may(invitation: Invitation) -> bool:
    inviter = invitation.invited_by
    if inviter is None or not inviter.is_active:
        return False
    if inviter.is_superuser:
        return True
    membership = Membership.objects.company(invitation.company_id).filter(user=inviter).first()
    return membership is not None and "companies.members" in PERMISSIONS[membership.role]
