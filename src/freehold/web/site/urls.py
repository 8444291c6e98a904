"""The addresses of the guest site."""

from django.urls import path

from freehold.web.site.views import (
    account,
    book,
    changes,
    devices,
    home,
    impersonation,
    place,
    resort,
    sales,
    search,
    similar,
    trips,
)

app_name = "site"

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    path("search/card/", search.card, name="search_card"),
    path("for-sale/", sales.sales, name="sales"),
    path("places/<slug:slug>/", place.place, name="place"),
    path("places/<slug:slug>/price/", place.price, name="price"),
    path("places/<slug:slug>/calendar/", place.calendar, name="calendar"),
    path("places/<slug:slug>/similar/", similar.similar, name="similar"),
    path("places/<slug:slug>/instead/", similar.instead, name="instead"),
    path("resorts/<slug:slug>/", resort.resort, name="resort"),
    path("resorts/<slug:slug>/rooms/", resort.rooms, name="rooms"),
    path("resorts/<slug:slug>/hold/", resort.hold_rooms, name="hold_rooms"),
    path("hold/", place.hold, name="hold"),
    path("book/<uuid:booking_id>/", book.book, name="book"),
    path("book/<uuid:booking_id>/guests/", book.guests, name="guests"),
    path("book/<uuid:booking_id>/review/", book.review, name="review"),
    path("book/<uuid:booking_id>/pay/", book.pay, name="pay"),
    path("book/<uuid:booking_id>/extend/", book.extend, name="extend"),
    path("book/<uuid:booking_id>/returned/", book.returned, name="returned"),
    path("accounts/devices/", devices.devices, name="devices"),
    path("accounts/devices/others/end/", devices.end_others, name="end_other_devices"),
    path("accounts/devices/<int:device_id>/end/", devices.end, name="end_device"),
    path("impersonation/stop/", impersonation.stop, name="stop-impersonation"),
    path("profile/", account.profile, name="profile"),
    path("privacy/", account.privacy, name="privacy"),
    path("privacy/export/", account.export, name="export"),
    path("privacy/close/", account.close, name="close_account"),
    path("privacy/erase/", account.erase, name="erase_account"),
    path("trips/", trips.trips, name="trips"),
    path("trips/<slug:reference>/", trips.trip, name="trip"),
    path("trips/<slug:reference>/confirmed/", trips.confirmed, name="confirmed"),
    path("trips/<slug:reference>/cancel/", trips.cancel, name="cancel"),
    path("trips/<slug:reference>/change/", changes.change, name="change"),
    path("trips/<slug:reference>/change/pay/", changes.pay, name="change_pay"),
    path("trips/<slug:reference>/calendar.ics", trips.calendar_file, name="calendar_file"),
]
