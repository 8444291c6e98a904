from django.apps import AppConfig


class FinanceConfig(AppConfig):
    name = "freehold.finance"
    label = "finance"
