"""The account pages about ways to sign in: which there are, addresses, Google and Apple."""

from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn
from django.urls import path

from freehold.web.site.views import emails, social, ways
from freehold.web.ui.pages import guest_page, step_up

urlpatterns = [
    # In place of the account library's own.
    path("email/", emails.addresses, name="account_email"),
    # The library takes a session of somebody without password and factor for a proof, however old it is.
    path("2fa/totp/activate/", guest_page(step_up(activate_totp)), name="mfa_activate_totp"),
    path("2fa/webauthn/add/", guest_page(step_up(add_webauthn)), name="mfa_add_webauthn"),
    path("ways/", ways.ways, name="sign_in_ways"),
    path("ways/join/", ways.join, name="sign_in_ways_join"),
    path("ways/<slug:provider>/connect/", ways.connect, name="connect_provider"),
    path("ways/<slug:provider>/disconnect/", ways.disconnect, name="disconnect_provider"),
    path("<slug:provider>/login/", social.sign_in, name="social_sign_in"),
    # As the account library names them. The providers know these addresses.
    path("google/login/callback/", social.google_callback, name="google_callback"),
    path("apple/login/callback/", social.apple_callback, name="apple_callback"),
    path("apple/login/callback/finish/", social.apple_finish, name="apple_finish_callback"),
]
