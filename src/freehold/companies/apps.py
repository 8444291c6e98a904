from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "freehold.companies"
    label = "companies"
