"""A company asks somebody by mail to work in it: by API, on the console's page, and behind the link."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from freehold.accounts.models import User
from freehold.accounts.services.erase_account import erase_account
from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.companies.events import MemberInvited
from freehold.companies.invitation_link import token_of
from freehold.companies.models import Invitation, Membership
from freehold.companies.services import accept_invitation as accepting
from freehold.companies.services.invite_member import PER_ADDRESS, invite_member
from freehold.core import clock, outside
from freehold.core.actor import Actor
from freehold.core.outbox import deliver_due
from freehold.messaging.invitations import tell_invited
from tests.factories import MembershipFactory, UserFactory
from tests.support.factors import prove

pytestmark = pytest.mark.django_db

ADA = "ada@example.com"


@pytest.fixture
def admin() -> Membership:
    member: Membership = MembershipFactory(role="admin", company__name="O'Neill & Sons")
    return member


@pytest.fixture
def client(admin: Membership) -> Client:
    return browser_of(admin.user)


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CapturedMessenger:
    captured = CapturedMessenger(tmp_path / "mailbox")
    monkeypatch.setitem(outside._messengers, "email", captured)
    return captured


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    prove(client, user)
    return client


def ada(*, verified: bool = True) -> User:
    user: User = UserFactory(email=ADA)
    EmailAddress.objects.create(user=user, email=ADA, primary=True, verified=verified)
    return user


def at(admin: Membership, tail: str = "") -> str:
    return f"/api/v1/companies/{admin.company_id}/invitations/{tail}"


def send(client: Client, method: str, address: str, body: Any = None) -> Any:
    return getattr(client, method)(address, body or {}, content_type="application/json")


def invite(client: Client, admin: Membership, email: str = ADA, role: str = "staff") -> Invitation:
    answer = send(client, "post", at(admin), {"email": email, "role": role})
    assert answer.status_code == 201, answer.content
    return Invitation.objects.system("test").get(pk=answer.json()["id"])


def accept(user: User, token: str) -> Any:
    return send(browser_of(user), "post", "/api/v1/invitations/accept/", {"token": token})


def code_of(response: Any) -> str:
    return f"{response.status_code} {response.json()['errors'][0]['code']}"


def test_who_is_invited_gets_a_mail_and_works_there_after_saying_yes(
    client: Client, admin: Membership, mailbox: CapturedMessenger
) -> None:
    invite(client, admin, " Ada@Example.com ".strip())
    while deliver_due(worker_id="w"):
        pass
    (captured,) = mailbox.messages()
    assert captured.message.to == ADA
    assert captured.message.subject == "O'Neill & Sons invites you to work with them"
    link = re.search(r"http://127\.0\.0\.1:8000(/invitations/\S+)", captured.message.text)
    assert link is not None
    user = ada()
    guest = browser_of(user)
    page = guest.get(link[1]).content.decode()
    assert "You are asked to join as Staff" in page
    assert guest.post(link[1])["Location"] == "/console/"
    assert Membership.objects.guest(user).get().role == "staff"
    states = client.get(at(admin)).json()["results"]
    assert [(each["email"], each["state"]) for each in states] == [(ADA, "accepted")]
    # Good once.
    assert guest.get(link[1]).status_code == 404
    assert code_of(accept(user, link[1].split("/")[2])) == "409 invitation_over"


def test_inviting_asks_for_a_fresh_proof_and_for_the_permission(admin: Membership) -> None:
    for role, expected in (("admin", "403 reauthentication_required"), ("staff", "403 reauthentication_required")):
        member = MembershipFactory(role=role, company=admin.company)
        plain = Client()
        plain.force_login(member.user)
        assert code_of(send(plain, "post", at(admin), {"email": ADA, "role": "host"})) == expected
    staff = browser_of(MembershipFactory(role="staff", company=admin.company).user)
    assert send(staff, "post", at(admin), {"email": ADA, "role": "host"}).status_code == 403
    assert not Invitation.objects.system("test").exists()


def test_the_link_is_good_for_the_invited_address_alone_and_only_when_it_is_proved(
    client: Client, admin: Membership
) -> None:
    token = token_of(invite(client, admin))
    other = UserFactory(email="eve@example.com")
    EmailAddress.objects.create(user=other, email=other.email, primary=True, verified=True)
    assert code_of(accept(other, token)) == "403 other_address"
    assert "Confirm this address" in browser_of(other).get(f"/invitations/{token}/").content.decode()
    user = ada(verified=False)
    assert code_of(accept(user, token)) == "403 other_address"
    EmailAddress.objects.filter(user=user).update(verified=True)
    assert accept(user, token).json() == {"company_id": str(admin.company_id), "role": "staff"}


def test_control_without_the_look_at_the_address_whoever_has_the_link_works_here(
    client: Client, admin: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "is_for", lambda *_: True)
    assert accept(UserFactory(email="eve@example.com"), token_of(invite(client, admin))).status_code == 200


def test_control_without_the_look_at_who_invited_a_removed_administrator_comes_back(
    client: Client, admin: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_of(invite(client, admin, role="admin"))
    Membership.objects.system("test").filter(pk=admin.pk).delete()
    monkeypatch.setattr(accepting, "_inviter_may", lambda _invitation: True)
    assert accept(ada(), token).status_code == 200


def test_nobody_signed_in_is_asked_to_and_comes_back(client: Client, admin: Membership) -> None:
    address = f"/invitations/{token_of(invite(client, admin))}/"
    page = Client().get(address)
    assert page.status_code == 200
    assert f"/accounts/login/?next={address.replace('/', '%2F').replace(':', '%3A')}" in page.content.decode()
    assert Client().post(address)["Location"].startswith("/accounts/login/?next=/invitations/")


def test_a_week_later_it_is_over_and_may_be_sent_again(client: Client, admin: Membership) -> None:
    invitation = invite(client, admin)
    old = token_of(invitation)
    Invitation.objects.system("test").update(expires_at=clock.now() - timedelta(seconds=1))
    user = ada()
    assert code_of(accept(user, old)) == "409 invitation_over"
    assert client.get(at(admin)).json()["results"][0]["state"] == "over"
    assert send(client, "post", at(admin, f"{invitation.pk}/resend/")).json()["state"] == "open"
    invitation.refresh_from_db()
    # The link of the mail before stays void.
    assert accept(user, old).status_code == 404
    assert accept(user, token_of(invitation)).status_code == 200


def test_what_was_taken_back_opens_nothing_and_sends_nothing(
    client: Client, admin: Membership, mailbox: CapturedMessenger
) -> None:
    invitation = invite(client, admin)
    address = at(admin, f"{invitation.pk}/")
    assert send(client, "delete", address).status_code == 204
    assert code_of(send(client, "delete", address)) == "409 invitation_over"
    assert code_of(send(client, "post", f"{address}resend/")) == "409 invitation_over"
    assert code_of(accept(ada(), token_of(invitation))) == "409 invitation_over"
    tell_invited(MemberInvited(invitation_id=invitation.pk, number=1))
    assert not mailbox.messages()
    # Asking anew is another invitation.
    assert invite(client, admin).pk != invitation.pk


@pytest.mark.parametrize("what", ["removed", "demoted", "closed", "company"])
def test_who_may_invite_no_more_leaves_no_door_open(client: Client, admin: Membership, what: str) -> None:
    MembershipFactory(role="admin", company=admin.company)
    token = token_of(invite(client, admin, role="admin"))
    if what == "removed":
        Membership.objects.system("test").filter(pk=admin.pk).delete()
    elif what == "demoted":
        Membership.objects.system("test").filter(pk=admin.pk).update(role="staff")
    elif what == "closed":
        User.objects.filter(pk=admin.user_id).update(is_active=False)
    else:
        admin.company.is_active = False
        admin.company.save()
    assert code_of(accept(ada(), token)) == "409 invitation_over"


def test_who_sends_it_again_answers_for_it(client: Client, admin: Membership) -> None:
    invitation = invite(client, admin)
    other = MembershipFactory(role="admin", company=admin.company)
    Membership.objects.system("test").filter(pk=admin.pk).delete()
    assert send(browser_of(other.user), "post", at(admin, f"{invitation.pk}/resend/")).status_code == 200
    invitation.refresh_from_db()
    assert accept(ada(), token_of(invitation)).status_code == 200


@pytest.mark.parametrize("forge", ["", "x", "WyJhIiwxXQ:1:x", "%00"])
def test_a_forged_link_is_a_page_that_says_so(forge: str) -> None:
    assert Client().get(f"/invitations/{forge or 'none'}/").status_code == 404
    assert accept(ada(), forge or "none").status_code == 404


def test_who_is_asked_twice_has_one_invitation_with_the_role_of_now(client: Client, admin: Membership) -> None:
    first = invite(client, admin, role="host")
    old = token_of(first)
    again = invite(client, admin, role="staff")
    assert again.pk == first.pk
    user = ada()
    assert accept(user, old).status_code == 404
    assert accept(user, token_of(again)).json()["role"] == "staff"
    answer = send(client, "post", at(admin), {"email": ADA, "role": "admin"})
    assert code_of(answer) == "409 already_member"


def test_mails_to_one_address_are_limited_whoever_asks(client: Client, admin: Membership) -> None:
    for _ in range(PER_ADDRESS.amount):
        invite(client, admin)
    other = MembershipFactory(role="admin")
    for asking, company in ((client, admin), (browser_of(other.user), other)):
        answer = send(asking, "post", at(company), {"email": ADA, "role": "host"})
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0


def test_another_companys_invitation_is_not_there(client: Client, admin: Membership) -> None:
    invitation = invite(client, admin)
    other = MembershipFactory(role="admin")
    stranger = browser_of(other.user)
    for address in (at(admin, f"{invitation.pk}/"), at(other, f"{invitation.pk}/")):
        assert send(stranger, "delete", address).status_code == 404
        assert send(stranger, "post", f"{address}resend/").status_code == 404
    assert stranger.get(at(admin)).status_code == 404


def test_each_step_is_in_the_audit_trail(client: Client, admin: Membership) -> None:
    invitation = invite(client, admin)
    accept(ada(), token_of(invitation))
    history: Any = Invitation._meta.get_field("history").related_model
    steps = history.objects.filter(pgh_obj_id=invitation.pk).order_by("pgh_id")
    assert [step.pgh_label for step in steps] == ["insert", "update"]
    assert steps[1].accepted_by_id is not None


def test_two_open_invitations_of_one_address_are_refused_by_the_database(admin: Membership) -> None:
    invitation = invite_member(actor=Actor.of(admin.user), company_id=admin.company_id, email=ADA, role=admin.role)
    invitation.pk = None
    with pytest.raises(IntegrityError, match="one_open"), transaction.atomic():
        Invitation.objects.bulk_create([invitation.__class__(**_copy(invitation))])


def _copy(invitation: Invitation) -> dict[str, Any]:
    names = ("company_id", "email", "role", "invited_by_id", "sent_at", "sends", "expires_at")
    return {name: getattr(invitation, name) for name in names}


def test_who_is_forgotten_is_forgotten_in_invitations_too(client: Client, admin: Membership) -> None:
    invitation = invite(client, admin)
    open_elsewhere = MembershipFactory(role="admin")
    other = invite(browser_of(open_elsewhere.user), open_elsewhere)
    user = ada()
    accept(user, token_of(invitation))
    erase_account(actor=Actor.of(user))
    history: Any = Invitation._meta.get_field("history").related_model
    assert not Invitation.objects.system("test").filter(email=ADA).exists()
    assert not history.objects.filter(email=ADA).exists()
    other.refresh_from_db()
    assert other.revoked_at is not None


def test_the_list_costs_the_same_however_long_it_is(client: Client, admin: Membership) -> None:
    invite(client, admin)
    with CaptureQueriesContext(connection) as few:
        client.get(at(admin))
    for number in range(5):
        invite(client, admin, f"guest{number}@example.com")
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(at(admin)).json()["results"]) == 6
    assert len(many) == len(few)


# --- the console's page ---


def test_an_administrator_asks_changes_and_removes_on_the_page(client: Client, admin: Membership) -> None:
    assert "People" in client.get("/console/").content.decode()
    sent = client.post("/console/people/", {"email": ADA, "role": "host"})
    assert sent["Location"] == "/console/people/"
    page = client.get("/console/people/").content.decode()
    assert ADA in page
    assert "Send again" in page
    invitation = Invitation.objects.system("test").get()
    client.post(f"/console/people/invitations/{invitation.pk}/resend/")
    invitation.refresh_from_db()
    assert invitation.sends == 2
    client.post(f"/console/people/invitations/{invitation.pk}/revoke/")
    assert "Taken back" in client.get("/console/people/").content.decode()
    member = MembershipFactory(role="host", company=admin.company)
    client.post(f"/console/people/{member.pk}/role/", {"role": "staff"})
    member.refresh_from_db()
    assert member.role == "staff"
    client.post(f"/console/people/{member.pk}/remove/")
    assert not Membership.objects.system("test").filter(pk=member.pk).exists()


def test_what_is_wrong_stands_on_the_page_and_changes_nothing(client: Client, admin: Membership) -> None:
    bad = client.post("/console/people/", {"email": "nobody", "role": "host"})
    assert bad.status_code == 400
    assert "email address" in bad.content.decode()
    again = client.post("/console/people/", {"email": admin.user.email, "role": "host"})
    assert again.status_code == 409
    assert "works here already" in again.content.decode()
    assert client.post(f"/console/people/{admin.pk}/role/", {"role": "king"}).status_code == 400
    left = client.post(f"/console/people/{admin.pk}/remove/", follow=True).content.decode()
    assert "at least one administrator" in left


def test_the_page_asks_for_a_fresh_proof_and_costs_the_same_however_many_there_are(admin: Membership) -> None:
    plain = Client()
    plain.force_login(admin.user)
    for address, body in (
        ("/console/people/", {"email": ADA, "role": "host"}),
        (f"/console/people/{admin.pk}/role/", {"role": "host"}),
        (f"/console/people/{admin.pk}/remove/", {}),
    ):
        assert "/reauthenticate/" in plain.post(address, body)["Location"]
    with CaptureQueriesContext(connection) as few:
        plain.get("/console/people/")
    for number in range(4):
        MembershipFactory(company=admin.company)
        invite(browser_of(admin.user), admin, f"guest{number}@example.com")
    with CaptureQueriesContext(connection) as many:
        assert plain.get("/console/people/").status_code == 200
    assert len(many) <= len(few) + 1


def test_the_page_proposes_the_role_with_the_least_power(client: Client) -> None:
    page = client.get("/console/people/").content.decode()
    asking = page.partition('aria-labelledby="new"')[2]
    assert re.findall(r'<option value="(\w+)" selected>', asking) == ["host"]
