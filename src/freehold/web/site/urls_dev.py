"""Addresses that exist in demonstrations and development only."""

from django.urls import path

from freehold.web.site.views import mailbox

urlpatterns = [
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox.json", mailbox.mailbox_json, name="mailbox_json"),
]
