"""Addresses of pages that front ends of the older APIs link to: the pages of today, under the names of then."""

from allauth.account import views as library
from django.urls import path, re_path

from freehold.web.site.views import panel

urlpatterns = [
    path("login/", library.login, name="login"),
    path("register/", library.signup, name="register"),
    path("auth/password-reset/", library.password_reset, name="password_reset"),
    # The mailed link.
    re_path(
        r"^auth/reset/(?P<uidb36>[0-9A-Za-z]+)/(?P<key>[-0-9A-Za-z]+)/$",
        library.password_reset_from_key,
        name="new_password",
    ),
    path("panel/", panel.panel, name="panel"),
]
