from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "freehold.payments"
    label = "payments"
