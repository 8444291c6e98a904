"""Addresses that exist in demonstrations and development only."""

from django.urls import path

from freehold.web.site.views import clock, mailbox

urlpatterns = [
    path("clock/", clock.test_clock, name="test_clock"),
    path("clock.json", clock.test_clock_json, name="test_clock_json"),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox.json", mailbox.mailbox_json, name="mailbox_json"),
]
