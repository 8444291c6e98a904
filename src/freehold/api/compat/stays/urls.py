"""Addresses of the stays API, below /api/."""

from django.urls import path

from freehold.api.compat.stays import auth, bookings, listings

urlpatterns = [
    path("accounts/register/", auth.Register.as_view(), name="stays-register"),
    path("accounts/token/", auth.Token.as_view(), name="stays-token"),
    path("accounts/token/refresh/", auth.Refresh.as_view(), name="stays-token-refresh"),
    path("accounts/logout/", auth.Logout.as_view(), name="stays-logout"),
    path("accounts/me/", auth.Me.as_view(), name="stays-me"),
    path("stay/listings/", listings.ListingsView.as_view(), name="stays-listings"),
    path("stay/listings/<int:serial>/", listings.ListingView.as_view(), name="stays-listing"),
    path("stay/bookings/", bookings.BookingsView.as_view(), name="stays-bookings"),
    path("stay/bookings/<int:serial>/", bookings.BookingView.as_view(), name="stays-booking"),
]
