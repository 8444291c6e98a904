"""The account pages about phone numbers; the others are the account library's."""

from django.urls import path

from freehold.web.site.views import phone

urlpatterns = [
    path("", phone.sign_in, name="phone_sign_in"),
    path("code/", phone.sign_in_code, name="phone_code"),
    path("change/", phone.change, name="phone_change"),
    path("change/join/", phone.join, name="phone_join"),
    path("change/code/", phone.change_code, name="phone_change_code"),
]
