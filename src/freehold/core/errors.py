"""One shape for everything that can be refused: `{type, errors: [{code, detail, attr}]}`.

Services raise these; the API, the site and the commands render them. `extra` carries what a particular
refusal can offer beyond words (reasons of a closed day, alternatives) and lands beside `code` and `detail`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """One thing that is wrong. `attr` is the dotted path of the input field, or None."""

    code: str
    detail: str
    attr: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "detail": self.detail, "attr": self.attr, **self.extra}


class FreeholdError(Exception):
    """Base of every expected refusal. `status` is the HTTP status, `type` the family of the error."""

    status: ClassVar[int] = 400
    type: ClassVar[str] = "client_error"
    default_code: ClassVar[str] = "error"

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        attr: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.errors = [ErrorItem(code or self.default_code, detail, attr, extra or {})]

    @property
    def code(self) -> str:
        return self.errors[0].code

    @property
    def detail(self) -> str:
        return self.errors[0].detail

    def to_json(self) -> dict[str, Any]:
        return {"type": self.type, "errors": [item.to_json() for item in self.errors]}


class BadInput(FreeholdError):
    """The request cannot be understood or breaks a rule that the caller could have known."""

    type = "validation_error"
    default_code = "invalid"

    @classmethod
    def of(cls, items: list[ErrorItem]) -> "BadInput":
        """Several problems at once, so that a form can show all of them."""
        error = cls(items[0].detail, code=items[0].code, attr=items[0].attr)
        error.errors = items
        return error


class AccessDenied(FreeholdError):
    """The caller may know that the thing exists, but may not do this with it."""

    status = 403
    default_code = "permission_denied"


class NotFound(FreeholdError):
    """There is no such thing, or it is not the caller's: nobody can tell which."""

    status = 404
    default_code = "not_found"

    def __init__(self, detail: str = "Not found.", **options: Any) -> None:
        super().__init__(detail, **options)


class Conflict(FreeholdError):
    """The request was fine, but the state of the world is against it."""

    status = 409
    type = "conflict"
    default_code = "conflict"


class BodyTooLarge(FreeholdError):
    """The request's body is longer than its address accepts."""

    status = 413
    default_code = "body_too_large"


class TooManyRequests(FreeholdError):
    """Slow down. `retry_after` is in whole seconds."""

    status = 429
    default_code = "throttled"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class TemporarilyUnavailable(FreeholdError):
    """Something that we depend on does not answer; trying again later is right. `retry_after` in seconds."""

    status = 503
    type = "server_error"
    default_code = "temporarily_unavailable"

    def __init__(self, detail: str, *, retry_after: int = 2, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after
