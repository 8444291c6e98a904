"""Column types of PostgreSQL that Django has no field for."""

from typing import Any

from django.db import models


class BitStringField(models.TextField):
    """Bits as a string of 0 and 1, the first bit first."""

    def db_type(self, connection: Any) -> str:
        return "varbit"


class WideNumberField(models.TextField):
    """A whole number of any length."""

    def db_type(self, connection: Any) -> str:
        return "numeric"
