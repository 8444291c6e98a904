from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "freehold.pricing"
    label = "pricing"
