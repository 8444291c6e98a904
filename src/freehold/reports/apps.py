from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "freehold.reports"
    label = "reports"
