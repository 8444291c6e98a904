"""Acting as somebody: for administrators only, for a reason, for a while, in both names, and never for what is theirs.

In the browser and with a token. Each guard is shown by what happens without it, or after it let go.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from pghistory.models import Context

from freehold.accounts import impersonating
from freehold.accounts.models import Impersonation, User
from freehold.accounts.services.start_impersonation import start_impersonation
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied
from tests.factories import PASSWORD, ListingFactory, MembershipFactory, UserFactory
from tests.support.factors import prove

pytestmark = pytest.mark.django_db

REASON = "The guest cannot see a booking"


@pytest.fixture
def admin() -> User:
    return UserFactory(email="admin@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def ann() -> User:
    return UserFactory(email="ann@example.com", first_name="Ann", last_name="Example")


@pytest.fixture
def browser(admin: User) -> Client:
    """The administrator's, who has just proved who it is."""
    browser = Client()
    browser.force_login(admin)
    prove(browser, admin)
    return browser


def act_as(browser: Client, user: User, **changes: Any) -> Any:
    form = {"reason": REASON, "minutes": "15", **changes}
    return browser.post(f"/admin/accounts/user/{user.pk}/act-as/", form)


def who(client: Client) -> Any:
    return client.get("/api/v1/me/").json().get("email")


def code(response: Any) -> str:
    return str(response.json()["errors"][0]["code"])


def token_for(browser: Client, user: User, **changes: Any) -> Any:
    wanted = {"user_id": str(user.pk), "reason": REASON, **changes}
    return browser.post("/api/v1/impersonations/", wanted, content_type="application/json")


def bearer(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


# --- in the browser ---


def test_an_administrator_sees_the_site_as_somebody_with_a_banner_and_stops(browser: Client, ann: User) -> None:
    assert browser.get(f"/admin/accounts/user/{ann.pk}/act-as/").status_code == 200
    assert act_as(browser, ann)["Location"] == "/"
    assert who(browser) == "ann@example.com"
    for page in ("/", "/trips/", "/nowhere/"):
        text = browser.get(page).content.decode()
        assert "You act as Ann Example until" in text, page
        assert "/impersonation/stop/" in text
    assert browser.get("/admin/").status_code in {302, 403}
    assert browser.post("/impersonation/stop/").status_code == 302
    assert who(browser) == "admin@example.com"
    assert Impersonation.objects.get().ended_at is not None
    assert "You act as" not in browser.get("/").content.decode()


def test_a_fresh_proof_is_asked_for_and_then_it_begins(admin: User, ann: User) -> None:
    browser = Client()
    browser.force_login(admin)
    asked = act_as(browser, ann)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not Impersonation.objects.exists()
    assert browser.post(asked["Location"], {"password": PASSWORD}).status_code == 302
    assert who(browser) == "ann@example.com"


@pytest.mark.parametrize("changes", [{"reason": ""}, {"reason": "because"}, {"minutes": "61"}, {"minutes": "0"}])
def test_without_a_reason_or_an_end_it_does_not_begin(browser: Client, ann: User, changes: dict[str, str]) -> None:
    assert act_as(browser, ann, **changes).status_code == 200
    assert who(browser) == "admin@example.com"


def test_nobody_acts_as_staff_or_as_themself(browser: Client, admin: User) -> None:
    for target in (UserFactory(is_staff=True), UserFactory(is_superuser=True), admin, UserFactory(is_active=False)):
        assert act_as(browser, target).status_code == 200
    assert not Impersonation.objects.exists()


def test_staff_without_all_rights_and_everybody_else_may_not(ann: User) -> None:
    for person in (UserFactory(is_staff=True), MembershipFactory(role="admin").user, UserFactory()):
        with pytest.raises(AccessDenied):
            start_impersonation(actor=Actor.of(person), user_id=ann.pk, reason=REASON)
        with pytest.raises(AccessDenied):
            start_impersonation(actor=Actor.system("test"), user_id=ann.pk, reason=REASON)


def test_it_is_over_at_its_time_and_the_late_request_does_nothing_in_either_name(browser: Client, ann: User) -> None:
    act_as(browser, ann, minutes="5")
    clock.move(timedelta(minutes=5, seconds=1))
    late = browser.patch("/api/v1/me/", {"first_name": "Late"}, content_type="application/json")
    assert (late.status_code, code(late)) == (403, "impersonation_over")
    assert not User.objects.filter(first_name="Late").exists()
    assert who(browser) == "admin@example.com"


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_superuser": False}])
def test_an_administrator_who_is_none_any_more_is_nobody_else_either(
    browser: Client, admin: User, ann: User, change: dict[str, bool]
) -> None:
    act_as(browser, ann)
    User.objects.filter(pk=admin.pk).update(**change)
    assert who(browser) is None


def test_who_becomes_staff_meanwhile_is_left(browser: Client, ann: User) -> None:
    act_as(browser, ann)
    User.objects.filter(pk=ann.pk).update(is_staff=True)
    assert who(browser) is None
    assert who(browser) == "admin@example.com"


def test_beginning_again_ends_what_was_before_and_signing_out_ends_all(browser: Client, ann: User) -> None:
    token = token_for(browser, ann).json()["access"]
    assert who(bearer(token)) == "ann@example.com"
    act_as(browser, UserFactory(email="bob@example.com"))
    assert who(bearer(token)) is None
    assert who(browser) == "bob@example.com"
    assert browser.post("/accounts/logout/").status_code == 302
    assert who(browser) is None
    assert not Impersonation.objects.filter(ended_at=None).exists()


CLOSED = [
    ("get", "/accounts/password/change/"),
    ("post", "/accounts/password/change/"),
    ("get", "/accounts/2fa/"),
    ("get", "/accounts/2fa/recovery-codes/"),
    ("post", "/accounts/email/"),
    ("post", "/accounts/reauthenticate/"),
    ("post", "/api/v1/auth/logout/"),
    ("patch", "/api/v1/me/"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_what_is_the_person_s_own_stays_closed_in_the_browser(
    browser: Client, ann: User, method: str, path: str
) -> None:
    act_as(browser, ann)
    assert getattr(browser, method)(path, content_type="application/json").status_code == 403


@pytest.mark.parametrize(("method", "path"), [each for each in CLOSED if each[1].startswith("/api/")])
def test_what_is_the_person_s_own_stays_closed_to_the_token(browser: Client, ann: User, method: str, path: str) -> None:
    token = token_for(browser, ann).json()["access"]
    response = getattr(bearer(token), method)(path, content_type="application/json")
    assert (response.status_code, code(response)) == (403, "not_while_impersonating")


@pytest.mark.parametrize("nobody", ["x", "01981f6e-0000-7000-8000-000000000000"])
def test_nobody_is_acted_as_by_an_id_that_is_none(browser: Client, nobody: str) -> None:
    form = {"reason": "They asked for help", "minutes": "15"}
    assert browser.post(f"/admin/accounts/user/{nobody}/act-as/", form).status_code == 404


def test_control_without_both_guards_the_profile_is_changed(
    browser: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_for(browser, ann).json()["access"]
    monkeypatch.setattr(impersonating, "_READ_ONLY", ("/nowhere/",))
    refused = bearer(token).patch("/api/v1/me/", {"first_name": "Eve"}, content_type="application/json")
    assert (refused.status_code, code(refused)) == (403, "not_while_impersonating")
    monkeypatch.setattr(Actor, "require_own_hand", lambda self: None)
    changed = bearer(token).patch("/api/v1/me/", {"first_name": "Eve"}, content_type="application/json")
    assert changed.status_code == 200


def test_keys_and_roles_are_not_touched_in_another_s_name_even_after_the_administrator_s_own_proof(
    browser: Client, ann: User
) -> None:
    company = MembershipFactory(user=ann, role="admin").company
    wanted = {"company_id": str(company.pk), "name": "x", "scopes": ["bookings:read"]}
    token = token_for(browser, ann).json()["access"]
    refused = bearer(token).post("/api/v1/host/api-keys/", wanted, content_type="application/json")
    assert (refused.status_code, code(refused)) == (403, "not_while_impersonating")
    act_as(browser, ann)
    assert browser.get("/console/api-keys/").status_code == 200
    form = {"name": "x", "scopes": ["bookings:read"], "days": "30"}
    assert browser.post("/console/api-keys/", form).status_code == 403
    refused = browser.post("/api/v1/host/api-keys/", wanted, content_type="application/json")
    assert (refused.status_code, code(refused)) == (403, "not_while_impersonating")


# --- with a token ---


def test_a_token_is_good_until_the_end_and_no_refresh_comes_with_it(browser: Client, ann: User) -> None:
    made = token_for(browser, ann, minutes=30)
    assert made.status_code == 201
    assert "refresh" not in made.json()
    token = made.json()["access"]
    assert who(bearer(token)) == "ann@example.com"
    again = token_for(bearer(token), UserFactory())
    assert (again.status_code, code(again)) in {(403, "not_while_impersonating"), (403, "reauthentication_required")}
    clock.move(timedelta(minutes=31))
    assert who(bearer(token)) is None


def test_a_token_ends_with_the_impersonation_and_with_the_administrator_s_session(browser: Client, ann: User) -> None:
    made = token_for(browser, ann).json()
    assert browser.delete(f"/api/v1/impersonations/{made['id']}/").status_code == 204
    assert who(bearer(made["access"])) is None
    token = token_for(browser, ann).json()["access"]
    browser.post("/accounts/logout/")
    assert who(bearer(token)) is None


def test_a_token_needs_a_fresh_proof_a_reason_and_an_end(admin: User, ann: User, browser: Client) -> None:
    other = Client()
    other.force_login(admin)
    refused = token_for(other, ann)
    assert (refused.status_code, code(refused)) == (403, "reauthentication_required")
    for changes in ({"reason": "x"}, {"minutes": 61}, {"minutes": 0}, {"user_id": "x"}):
        assert token_for(browser, ann, **changes).status_code == 400, changes
    assert token_for(browser, UserFactory(is_staff=True)).status_code == 403


# --- in both names ---


def test_the_audit_trail_names_both(browser: Client, admin: User, ann: User) -> None:
    listing = ListingFactory()
    MembershipFactory(user=ann, company=listing.company, role="admin")
    token = token_for(browser, ann).json()["access"]
    assert bearer(token).post(f"/api/v1/host/listings/{listing.pk}/pause/").status_code == 200
    act_as(browser, ann)
    assert browser.post(f"/api/v1/host/listings/{listing.pk}/publish/").status_code == 200
    for entry in listing.history.order_by("-pgh_id")[:2]:
        noted = Context.objects.get(pk=entry.pgh_context_id).metadata
        assert (noted["user"], noted["impersonator"]) == (str(ann.pk), str(admin.pk))


def test_administrators_see_who_acted_as_whom_and_may_end_it(browser: Client, admin: User, ann: User) -> None:
    token = token_for(browser, ann).json()["access"]
    assert REASON in browser.get("/admin/accounts/impersonation/").content.decode()
    [listed] = browser.get("/api/v1/impersonations/").json()["results"]
    assert (listed["admin_id"], listed["user_id"], listed["reason"]) == (str(admin.pk), str(ann.pk), REASON)
    form = {"action": "end", "_selected_action": [str(Impersonation.objects.get().pk)]}
    assert browser.post("/admin/accounts/impersonation/", form).status_code == 302
    assert who(bearer(token)) is None


def test_the_database_keeps_it_short_with_a_reason_and_not_of_oneself(browser: Client, ann: User) -> None:
    token_for(browser, ann)
    for broken in ("ends_at = started_at + interval '61 minutes'", "reason = ''", "user_id = admin_id"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE accounts_impersonation SET {broken}")
