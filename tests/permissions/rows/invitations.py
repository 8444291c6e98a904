"""Whom a company asks to work in it is the business of its administrators; who was asked needs the link."""

from collections.abc import Callable

from freehold.companies.models import Invitation, Membership, Role
from freehold.companies.services.invite_member import invite_member
from freehold.core.actor import Actor
from tests.permissions.matrix import Row, everyone, members, signed_in
from tests.permissions.rows.console import admins
from tests.permissions.world import World

AT = "api/v1/companies/<uuid:company_id>/invitations/"
PAGES = "console/people/"


def invited(world: World) -> Invitation:
    def make(world: World) -> Invitation:
        actor = Actor.of(world.people["admin"])
        return invite_member(actor=actor, company_id=world.company.pk, email="new@example.com", role=Role.HOST)

    invitation: Invitation = world.remember("invitation", make)
    return invitation


def list_of(world: World) -> str:
    return f"/api/v1/companies/{world.company.pk}/invitations/"


def one(tail: str = "") -> Callable[[World], str]:
    return lambda world: f"{list_of(world)}{invited(world).pk}/{tail}"


def page(tail: str) -> Callable[[World], str]:
    return lambda world: f"/console/people/invitations/{invited(world).pk}/{tail}/"


def host_page(tail: str) -> Callable[[World], str]:
    def path(world: World) -> str:
        (member,) = Membership.objects.company(world.company.pk).filter(user=world.people["host"])
        return f"/console/people/{member.pk}/{tail}/"

    return path


def somebody(world: World) -> dict[str, str]:
    return {"email": "else@example.com", "role": "host"}


ROWS = [
    Row(AT, "get", members(host=403, staff=403, admin=200, superuser=200), path=list_of),
    Row(
        AT,
        "post",
        members(host=403, staff=403, admin=201, superuser=201),
        path=list_of,
        body=somebody,
        is_proved=True,
    ),
    Row(f"{AT}<uuid:invitation_id>/", "delete", members(host=403, staff=403, admin=204, superuser=204), path=one()),
    Row(
        f"{AT}<uuid:invitation_id>/resend/",
        "post",
        members(host=403, staff=403, admin=200, superuser=200),
        path=one("resend/"),
    ),
    Row("api/v1/invitations/accept/", "post", signed_in(404), body=lambda world: {"token": "forged"}),
    Row("invitations/<str:token>/", "get", everyone(404), path=lambda world: "/invitations/forged/"),
    Row(
        "invitations/<str:token>/",
        "post",
        signed_in(404, anonymous=302),
        path=lambda world: "/invitations/forged/",
        is_form=True,
    ),
    Row(PAGES, "get", admins(200, outsider=200)),
    Row(PAGES, "post", admins(302, outsider=302), body=somebody, is_form=True, is_proved=True),
    Row(
        f"{PAGES}<uuid:membership_id>/role/",
        "post",
        admins(302),
        path=host_page("role"),
        body=lambda world: {"role": "staff"},
        is_form=True,
        is_proved=True,
    ),
    # Everybody may leave by themselves; the host is the one to be removed here.
    Row(
        f"{PAGES}<uuid:membership_id>/remove/",
        "post",
        admins(302, host=302),
        path=host_page("remove"),
        is_form=True,
        is_proved=True,
    ),
    Row(f"{PAGES}invitations/<uuid:invitation_id>/resend/", "post", admins(302), path=page("resend"), is_form=True),
    Row(f"{PAGES}invitations/<uuid:invitation_id>/revoke/", "post", admins(302), path=page("revoke"), is_form=True),
]
