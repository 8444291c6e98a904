"""What a simulator answers when it refuses."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """An answer that says no. `body` is what a program gets, `message` what a person reads on a page.

    A vendor's own refusals are subclasses that build the vendor's envelope.
    """

    def __init__(
        self, status: int, message: str, body: Mapping[str, Any], *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = dict(body)
        self.headers = dict(headers or {})


def refusal(status: int, type_: str, code: str, message: str, *, param: str | None = None) -> Refusal:
    """The kit's own envelope: `{"error": {"type", "code", "message", "param"}}`."""
    return Refusal(status, message, {"error": {"type": type_, "code": code, "message": message, "param": param}})


def bad_field(param: str, message: str) -> Refusal:
    return refusal(400, "invalid_request_error", "parameter_invalid", message, param=param)


def missing(what: str) -> Refusal:
    return refusal(404, "invalid_request_error", "resource_missing", f"No such {what}.")
