"""A company asks somebody by mail to work in it; once more; or no more."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet

from freehold.accounts.models import User
from freehold.companies.events import MemberInvited
from freehold.companies.models import Company, Invitation, Membership, Role
from freehold.companies.policies import require
from freehold.core import clock, events
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict, NotFound, TooManyRequests
from freehold.core.ratelimit import RateLimit, consume

GOOD_FOR = timedelta(days=7)
MAX_EMAIL = 254
# Invitations are mails to strangers: neither a company nor its impostor turns them into spam.
PER_COMPANY = RateLimit(100, 86_400)
PER_ADDRESS = RateLimit(3, 3_600)


def invite_member(*, actor: Actor, company_id: UUID, email: str, role: Role) -> Invitation:
    """Sends a mail with a link. Who is invited already gets another mail, and the role of now.

    The caller has proved afresh who is calling: a role is given. Raises NotFound, AccessDenied, BadInput for what is
    no address, Conflict "already_member", and TooManyRequests.
    """
    actor.require_own_hand()
    require(actor=actor, permission="companies.members", company_id=company_id)
    email = _address(email)
    now = clock.now()
    with transaction.atomic():
        # Two at once are seen one by one.
        Company.objects.select_for_update(no_key=True).filter(pk=company_id).first()
        if _works_here(company_id, email):
            raise Conflict("This person works here already.", code="already_member", attr="email")
        _count(company_id, email)
        invitation = _open(company_id).filter(email=email).first()
        if invitation is None:
            invitation = Invitation(company_id=company_id, email=email, sends=0)
        invitation.role, invitation.invited_by = Role(role), actor.user
        _send(invitation, now)
    return invitation


def resend_invitation(*, actor: Actor, company_id: UUID, invitation_id: UUID) -> Invitation:
    """Another mail, good for another week; the link before is void. Raises NotFound, AccessDenied, TooManyRequests,
    and Conflict "invitation_over" when it was accepted or revoked."""
    with transaction.atomic():
        invitation = _locked(actor, company_id, invitation_id)
        _count(company_id, invitation.email)
        # Whoever sends it answers for it from now on.
        invitation.invited_by = actor.user
        _send(invitation, clock.now())
    return invitation


def revoke_invitation(*, actor: Actor, company_id: UUID, invitation_id: UUID) -> Invitation:
    """Its link opens nothing any more. Raises NotFound, AccessDenied, and Conflict "invitation_over"."""
    with transaction.atomic():
        invitation = _locked(actor, company_id, invitation_id)
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at", "updated_at"])
    return invitation


def _locked(actor: Actor, company_id: UUID, invitation_id: UUID) -> Invitation:
    actor.require_own_hand()
    require(actor=actor, permission="companies.members", company_id=company_id)
    rows = Invitation.objects.company(company_id).select_for_update()
    invitation = rows.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        raise Conflict("This invitation was accepted or revoked already.", code="invitation_over")
    return invitation


def _send(invitation: Invitation, now: datetime) -> None:
    invitation.sends += 1
    invitation.sent_at, invitation.expires_at = now, now + GOOD_FOR
    invitation.save()
    events.announce(MemberInvited(invitation_id=invitation.pk, number=invitation.sends))


def _open(company_id: UUID) -> QuerySet[Invitation]:
    return Invitation.objects.company(company_id).filter(accepted_at=None, revoked_at=None)


def _works_here(company_id: UUID, email: str) -> bool:
    people = User.objects.filter(email=email) | User.objects.filter(
        emailaddress__email=email, emailaddress__verified=True
    )
    return Membership.objects.company(company_id).filter(user__in=people).exists()


def _count(company_id: UUID, email: str) -> None:
    for scope, identity, limit in (
        ("invite:company", str(company_id), PER_COMPANY),
        ("invite:address", email, PER_ADDRESS),
    ):
        verdict = consume(scope=scope, identity=identity, limit=limit)
        if not verdict.allowed:
            raise TooManyRequests("Too many invitations. Try again later.", retry_after=verdict.retry_after or 1)


def _address(written: str) -> str:
    email = written.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise BadInput("Write a whole email address.", code="invalid", attr="email") from None
    if len(email) > MAX_EMAIL:
        raise BadInput("This address is too long.", code="max_length", attr="email")
    return email
