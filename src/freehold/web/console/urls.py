"""The addresses of the console."""

from django.urls import path

from freehold.web.console.views import board, bookings, security, switch

app_name = "console"

urlpatterns = [
    path("", board.today, name="today"),
    path("company/", switch.company, name="switch"),
    path("security/", security.security, name="security"),
    path("bookings/", bookings.listed, name="bookings"),
    path("bookings/<slug:reference>/", bookings.booking, name="booking"),
    path("bookings/<slug:reference>/cancel/", bookings.cancel, name="cancel"),
    path("bookings/<slug:reference>/<slug:step>/", bookings.act, name="act"),
]
