from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "freehold.bookings"
    label = "bookings"
