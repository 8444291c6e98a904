from django.apps import AppConfig


class DistributionConfig(AppConfig):
    name = "freehold.distribution"
    label = "distribution"
