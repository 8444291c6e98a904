from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "freehold.accounts"
    label = "accounts"
