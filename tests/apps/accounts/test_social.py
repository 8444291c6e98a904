"""Google and Apple: the whole way there and back, against a provider process with keys of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.apple.views import AppleOAuth2Adapter
from allauth.socialaccount.providers.google import views as google_views
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings as live
from django.test import Client

from freehold.accounts.checks import check_social
from freehold.accounts.models import User
from freehold.accounts.social import id_tokens
from freehold.accounts.social.adapter import SocialAdapter
from freehold.accounts.social.providers import AppleAdapter, GoogleAdapter
from freehold.config.env import BadEnvironment, Environment, Mode
from freehold.config.settings.base import build
from freehold.config.social import social_settings
from tests.apps.accounts.social import Provider, apple_pem
from tests.factories import PASSWORD, UserFactory
from tests.support import openid_provider as known
from tests.support.factors import give_app, prove

pytestmark = pytest.mark.django_db

GOOGLE = {"google_client_id": known.CLIENT_ID, "google_client_secret": known.CLIENT_SECRET}
APPLE = {"apple_client_id": known.SERVICE_ID, "apple_team_id": known.TEAM_ID, "apple_key_id": known.KEY_ID}


@pytest.fixture(scope="module")
def process() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


@pytest.fixture
def provider(process: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Set up by the environment as in earnest; only the addresses are those of the process."""
    env = Environment.load(
        Mode.TEST, **GOOGLE, **APPLE, apple_private_key=apple_pem(), google_app_client_ids=("our-app.apps.example",)
    )
    for name, value in social_settings(env).items():
        setattr(settings, name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(google_views, "CERTS_URL", f"{process.url}/google/certs")
    monkeypatch.setattr(GoogleAdapter, "authorize_url", f"{process.url}/google/auth")
    monkeypatch.setattr(GoogleAdapter, "access_token_url", f"{process.url}/google/token")
    monkeypatch.setattr(AppleOAuth2Adapter, "public_key_url", f"{process.url}/apple/keys")
    monkeypatch.setattr(AppleAdapter, "authorize_url", f"{process.url}/apple/auth")
    monkeypatch.setattr(AppleAdapter, "access_token_url", f"{process.url}/apple/token")
    process.plan()
    return process


@pytest.fixture
def browser() -> Client:
    return Client()


def owner(**facts: Any) -> User:
    user: User = UserFactory(email="ada@example.com", **facts)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.wsgi_request._messages)


def signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


# --- pages ---


def test_who_is_new_has_an_account_after_google(provider: Provider, browser: Client) -> None:
    page = browser.get("/accounts/login/?next=/trips/").content.decode()
    assert "Continue with Google" in page
    assert "Continue with Apple" in page
    answer = provider.google(browser, next="/trips/")
    assert (answer.status_code, answer["Location"]) == (302, "/trips/")
    user = User.objects.get()
    assert (user.email, user.first_name, user.last_name) == ("ada@example.com", "Ada", "Byron")
    assert user.username is None
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user).verified
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert UserSession.objects.filter(user=user).count() == 1


def test_the_second_time_it_is_the_same_account_whatever_the_address_is_then(
    provider: Provider, browser: Client
) -> None:
    provider.google(browser)
    provider.plan(email="ada@elsewhere.example", email_verified=False)
    again = Client()
    provider.google(again)
    assert signed_in(again)
    assert User.objects.get().email == "ada@example.com"


def test_nothing_that_the_provider_gave_us_is_kept(provider: Provider, browser: Client) -> None:
    provider.google(browser)
    provider.google(Client())
    provider.plan(sub="apple-1", email="bob@example.com")
    provider.apple(Client())
    provider.apple(Client())
    assert not SocialToken.objects.exists()
    for row in SocialAccount.objects.all():
        assert set(row.extra_data) <= {"email", "email_verified"}


def test_an_address_that_has_an_account_is_proved_first_and_connected_then(provider: Provider, browser: Client) -> None:
    user = owner()
    answer = provider.google(browser)
    assert answer["Location"] == "/accounts/login/?next=%2Faccounts%2Fways%2Fjoin%2F"
    assert "Sign in to it once" in said(answer)
    assert not signed_in(browser)
    assert not SocialAccount.objects.exists()
    entered = browser.post(
        "/accounts/login/", {"login": user.email, "password": PASSWORD, "next": "/accounts/ways/join/"}
    )
    assert entered["Location"] == "/accounts/ways/join/"
    assert "Connect Google?" in browser.get("/accounts/ways/join/").content.decode()
    prove(browser, user)
    assert browser.post("/accounts/ways/join/")["Location"] == "/accounts/ways/"
    again = Client()
    provider.google(again)
    assert again.session["_auth_user_id"] == str(user.pk)


def test_joining_asks_for_a_fresh_proof(provider: Provider, browser: Client) -> None:
    user = owner()
    provider.google(browser)
    browser.force_login(user)
    assert "/reauthenticate/" in browser.post("/accounts/ways/join/")["Location"]
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("is_known", [True, False])
def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing_and_tells_nothing(
    provider: Provider, browser: Client, is_known: bool
) -> None:
    if is_known:
        owner()
    before = User.objects.count()
    for claims in ({"email_verified": False}, {"email_verified": None}, {"email": None}):
        provider.plan(**claims)
        answer = provider.google(browser)
        assert answer["Location"] == "/accounts/login/"
        assert said(answer).endswith("Confirm it there, or sign up with a password here.")
    assert not signed_in(browser)
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


def test_a_token_that_was_made_out_for_another_site_signs_nobody_in(provider: Provider, browser: Client) -> None:
    provider.plan(aud="other-site.apps.example")
    answer = provider.google(browser)
    assert answer["Location"] == "/accounts/login/"
    assert not signed_in(browser)
    assert not User.objects.exists()


def test_who_stops_at_the_provider_is_back_where_they_were(provider: Provider, browser: Client) -> None:
    provider.plan(cancels=True)
    answer = provider.google(browser, next="/trips/")
    assert answer["Location"] == "/accounts/login/?next=%2Ftrips%2F"
    assert "you stopped at Google" in said(answer)


def test_an_answer_to_a_question_of_another_browser_signs_nobody_in(provider: Provider, browser: Client) -> None:
    there = browser.post("/accounts/google/login/")["Location"]
    back = provider.visit(there).headers["Location"].removeprefix(live.SITE_URL)
    victim = Client()
    victim.post("/accounts/google/login/")
    assert victim.get(back)["Location"] == "/accounts/login/"
    assert not signed_in(victim)
    # In the browser that asked it is good, and once.
    assert browser.get(back)["Location"] == "/"
    browser.logout()
    assert browser.get(back)["Location"] == "/accounts/login/"


def test_a_second_factor_is_asked_for_after_google_too(provider: Provider, browser: Client) -> None:
    user = owner()
    SocialAccount.objects.create(user=user, provider="google", uid="1049")
    app = give_app(user)
    assert provider.google(browser)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(browser)
    browser.post("/accounts/2fa/authenticate/", {"code": app.code()})
    browser.post("/accounts/2fa/trust/", {"action": "skip"})
    assert signed_in(browser)


def test_a_closed_account_stays_closed(provider: Provider, browser: Client) -> None:
    user = owner(is_active=False)
    SocialAccount.objects.create(user=user, provider="google", uid="1049")
    assert provider.google(browser)["Location"] == "/accounts/inactive/"
    assert not signed_in(browser)


def test_a_link_sends_nobody_anywhere_and_next_stays_here(provider: Provider, browser: Client) -> None:
    assert browser.get("/accounts/google/login/?next=/trips/")["Location"] == "/accounts/login/?next=%2Ftrips%2F"
    assert provider.google(browser, next="https://evil.example/")["Location"] == "/"


def test_what_is_asked_of_the_provider_is_not_said_by_the_link(provider: Provider, browser: Client) -> None:
    start = "/accounts/google/login/?scope=drive&auth_params=redirect_uri%3Dhttps%3A%2F%2Fevil.example&process=connect"
    there = browser.post(start, headers={"Host": "localhost"})["Location"]
    assert "evil" not in there
    assert "drive" not in there
    assert f"redirect_uri={live.SITE_URL.replace(':', '%3A').replace('/', '%2F')}%2Faccounts" in there
    assert "code_challenge=" in there


def test_apple_answers_by_a_form_of_which_only_what_it_signed_is_believed(provider: Provider, browser: Client) -> None:
    forged = {"name": {"firstName": "Ada", "lastName": ["x"]}, "email": "victim@example.com", "email_verified": True}
    provider.plan(user=forged, email=None, email_verified=None)
    provider.apple(browser)
    assert not User.objects.exists()
    provider.plan(user=forged, sub="apple-1")
    assert provider.apple(browser)["Location"] == "/"
    user = User.objects.get()
    assert (user.email, user.first_name, user.last_name) == ("ada@example.com", "Ada", "")


@pytest.mark.parametrize("user", ['"text"', "[1]", "{", '{"name": 1}'])
def test_whatever_is_posted_to_apples_address_is_no_fault(provider: Provider, browser: Client, user: str) -> None:
    posted = browser.post("/accounts/apple/login/callback/", {"code": "x", "state": "y", "user": user})
    assert browser.get(posted["Location"]).status_code == 302
    assert not signed_in(browser)


def test_a_provider_that_is_not_set_up_does_not_exist(browser: Client, call: Any) -> None:
    assert "Continue with" not in browser.get("/accounts/login/").content.decode()
    for path in ("google/login/", "google/login/callback/", "apple/login/callback/", "apple/login/callback/finish/"):
        assert browser.get(f"/accounts/{path}").status_code == 404
    assert browser.post("/accounts/google/login/").status_code == 404
    assert browser.post("/accounts/nonsense/login/").status_code == 404
    assert exchange(call, "x").status_code == 404


# --- ways to sign in ---


def test_google_is_connected_and_disconnected_after_a_fresh_proof(
    provider: Provider, browser: Client, mails: Any
) -> None:
    user = owner()
    browser.force_login(user)
    connect, disconnect = (f"/accounts/ways/google/{what}/" for what in ("connect", "disconnect"))
    assert "/reauthenticate/" in browser.post(connect)["Location"]
    prove(browser, user)
    provider.plan(email="ada@elsewhere.example", email_verified=False)
    assert provider.google(browser, connect)["Location"] == "/accounts/ways/"
    page = browser.get("/accounts/ways/").content.decode()
    assert "ada@elsewhere.example" in page
    assert browser.post(disconnect)["Location"] == "/accounts/ways/"
    assert not SocialAccount.objects.exists()
    assert [mail.mail for mail in mails] == ["social_connected", "social_disconnected"]


def test_the_last_way_in_stays(provider: Provider, browser: Client) -> None:
    provider.google(browser)
    assert "your only way in" in browser.get("/accounts/ways/").content.decode()
    answer = browser.post("/accounts/ways/google/disconnect/")
    assert "only way in" in said(answer)
    user = User.objects.get()
    user.set_password(PASSWORD)
    user.save()
    browser.force_login(user)
    prove(browser, user)
    browser.post("/accounts/ways/google/disconnect/")
    assert not SocialAccount.objects.exists()


def test_who_made_an_account_with_anothers_address_keeps_no_way_in(provider: Provider, browser: Client) -> None:
    thief = UserFactory(email="victim@example.com")
    browser.force_login(thief)
    prove(browser, thief)
    answer = provider.google(browser, "/accounts/ways/google/connect/")
    assert "Confirm your email address first." in said(answer)
    assert not SocialAccount.objects.exists()


def test_one_google_account_opens_one_account(provider: Provider, browser: Client) -> None:
    provider.google(Client())
    other = UserFactory(email="other@example.com")
    EmailAddress.objects.create(user=other, email=other.email, primary=True, verified=True)
    browser.force_login(other)
    prove(browser, other)
    answer = provider.google(browser, "/accounts/ways/google/connect/")
    assert "somebody else" in said(answer)
    assert SocialAccount.objects.get().user.email == "ada@example.com"


# --- programs ---


def exchange(call: Any, id_token: str, **more: str) -> Any:
    return call("auth/social/google/", {"id_token": id_token, **more})


def code_of(response: Any) -> str:
    return f"{response.status_code} {response.json()['errors'][0]['code']}"


@pytest.mark.parametrize("audience", [known.CLIENT_ID, "our-app.apps.example"])
def test_an_app_exchanges_the_providers_token_for_ours(provider: Provider, call: Any, audience: str) -> None:
    pair = exchange(call, provider.id_token(audience=audience)).json()
    me = call("me/", method="get", bearer=pair["access"]).json()
    assert (me["email"], me["is_email_verified"]) == ("ada@example.com", True)
    assert call("me/ways/", method="get", bearer=pair["access"]).json() == {
        "ways": ["google"],
        "providers": ["google", "apple"],
    }


def test_apples_token_is_taken_as_well(provider: Provider, call: Any) -> None:
    token = provider.id_token(issuer=known.APPLE, audience=known.SERVICE_ID)
    assert exchange(call, token).status_code == 401
    assert call("auth/social/apple/", {"id_token": token}).status_code == 200


def forged(**header: Any) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    claims = {"iss": known.GOOGLE, "aud": known.CLIENT_ID, "sub": "1049", "iat": now, "exp": now + 600}
    claims |= {"email": "ada@example.com", "email_verified": True}
    if header.get("alg") == "none":
        return jwt.encode(claims, None, algorithm="none", headers={"kid": known.KID})
    if header.get("alg") == "HS256":
        return jwt.encode(claims, "a" * 40, algorithm="HS256", headers={"kid": known.KID})
    return jwt.encode(claims, key, algorithm="RS256", headers=header)


def test_a_token_of_anybody_else_signs_nobody_in(provider: Provider, call: Any) -> None:
    wrong = {
        "foreign audience": provider.id_token(audience="other-app.apps.example"),
        "foreign issuer": provider.id_token(issuer="https://evil.example"),
        "own key": forged(kid=known.KID),
        "unknown key": forged(kid="unknown"),
        "no key": forged(),
        "none": forged(alg="none"),
        "symmetric": forged(alg="HS256"),
        "garbage": "garbage",
    }
    provider.plan(exp=int(time.time()) - 60)
    wrong["over"] = provider.id_token()
    provider.plan(exp=None)
    wrong["endless"] = provider.id_token()
    provider.plan(sub=None)
    wrong["nobody"] = provider.id_token()
    answers = {name: code_of(exchange(call, token)) for name, token in wrong.items()}
    assert answers == dict.fromkeys(wrong, "401 invalid_id_token")
    assert not User.objects.exists()


def test_a_token_is_good_once(provider: Provider, call: Any) -> None:
    token = provider.id_token()
    assert exchange(call, token).status_code == 200
    assert code_of(exchange(call, token)) == "401 invalid_id_token"


def test_the_nonce_is_the_one_inside(provider: Provider, call: Any) -> None:
    provider.plan(nonce="n-0S6")
    assert code_of(exchange(call, provider.id_token(), nonce="another")) == "401 invalid_id_token"
    provider.plan(nonce="n-0S6", jti="2")
    assert exchange(call, provider.id_token(), nonce="n-0S6").status_code == 200


def test_a_program_too_proves_an_account_first_and_gives_the_second_factor(provider: Provider, call: Any) -> None:
    user = owner()
    assert code_of(exchange(call, provider.id_token())) == "409 account_exists"
    pair = call("auth/login/", {"identifier": user.email, "password": PASSWORD}).json()
    provider.plan(jti="2")
    token = provider.id_token()
    assert code_of(call("me/ways/google/", {"id_token": token}, bearer=pair["access"])) == (
        "403 reauthentication_required"
    )
    assert call("auth/reauthenticate/", {"password": PASSWORD}, bearer=pair["access"]).status_code in {200, 204}
    connected = call("me/ways/google/", {"id_token": token}, bearer=pair["access"])
    assert connected.json()["ways"] == ["password", "google"]
    give_app(user)
    provider.plan(jti="3")
    answer = exchange(call, provider.id_token())
    assert code_of(answer) == "401 further_step_required"
    assert call("me/ways/google/", method="delete", bearer=pair["access"]).status_code == 204


# --- each guard, taken away ---


def test_control_without_the_look_at_the_audience_a_token_for_another_app_signs_in(
    provider: Provider, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_tokens, "audiences_of", lambda _provider: ["other-app.apps.example"])
    assert exchange(call, provider.id_token(audience="other-app.apps.example")).status_code == 200


def test_control_where_nobody_notes_used_tokens_a_copy_signs_in(
    provider: Provider, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_tokens, "_use_up", lambda *_: None)
    token = provider.id_token()
    assert [exchange(call, token).status_code for _ in range(2)] == [200, 200]


def test_control_where_any_answer_is_taken_the_victim_is_signed_in_as_the_attacker(
    provider: Provider, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = browser.post("/accounts/google/login/")["Location"]
    back = provider.visit(there).headers["Location"].removeprefix(live.SITE_URL)
    ((state, *_rest),) = browser.session[statekit.STATES_SESSION_KEY].values()
    monkeypatch.setattr(statekit, "unstash_state", lambda *_, **__: state)
    victim = Client()
    victim.get(back)
    assert signed_in(victim)


def test_control_where_every_address_is_believed_a_strangers_address_makes_an_account(
    provider: Provider, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SocialAdapter, "is_email_verified", lambda *_: True)
    provider.plan(email_verified=False)
    provider.google(browser)
    assert EmailAddress.objects.get().verified


def test_control_where_what_the_browser_posts_is_believed_it_names_any_address(
    provider: Provider, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AppleAdapter, "parse_token", AppleOAuth2Adapter.parse_token)
    provider.plan(user={"email": "victim@example.com", "email_verified": True}, email=None, email_verified=None)
    provider.apple(browser)
    assert User.objects.get().email == "victim@example.com"


def test_control_with_the_librarys_own_callback_the_answer_goes_where_the_request_says(
    provider: Provider, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GoogleAdapter, "get_callback_url", GoogleOAuth2Adapter.get_callback_url)
    there = browser.post("/accounts/google/login/", headers={"Host": "localhost"})["Location"]
    assert "redirect_uri=http%3A%2F%2Flocalhost%2F" in there


# --- settings ---


def test_half_a_provider_keeps_the_site_from_starting() -> None:
    for half in ({"google_client_id": "x"}, {"google_client_secret": "x"}, APPLE, {"apple_private_key": apple_pem()}):
        with pytest.raises(BadEnvironment, match=r"FREEHOLD_(GOOGLE|APPLE)_"):
            Environment.load(Mode.TEST, **half)
    with pytest.raises(BadEnvironment, match="private key"):
        Environment.load(Mode.TEST, **APPLE, apple_private_key="not a key")


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("SOCIALACCOUNT_ADAPTER", "allauth.socialaccount.adapter.DefaultSocialAccountAdapter", "accounts.E008"),
        ("SOCIALACCOUNT_EMAIL_AUTHENTICATION", True, "accounts.E009"),
        ("SOCIALACCOUNT_PROVIDERS", {"google": {"EMAIL_AUTHENTICATION": True}}, "accounts.E009"),
        ("SOCIALACCOUNT_STORE_TOKENS", True, "accounts.E010"),
    ],
)
def test_settings_that_believe_providers_too_much_are_told(settings: Any, name: str, value: Any, problem: str) -> None:
    assert check_social() == []
    setattr(settings, name, value)
    assert [found.id for found in check_social()] == [problem]


def test_the_buttons_may_lead_to_the_providers_and_no_further() -> None:
    plain, both = (
        build(Environment.load(Mode.TEST, **facts))["SECURE_CSP"]["form-action"]
        for facts in ({}, {**GOOGLE, **APPLE, "apple_private_key": apple_pem().replace("\n", "\\n")})
    )
    assert [each for each in both if each not in plain] == ["https://accounts.google.com", "https://appleid.apple.com"]
