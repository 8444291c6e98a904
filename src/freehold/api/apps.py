from django.apps import AppConfig
from django.core import checks


class ApiConfig(AppConfig):
    name = "freehold.api"
    label = "api"

    def ready(self) -> None:
        from freehold.api.checks import check_cookies

        checks.register(checks.Tags.security)(check_cookies)
