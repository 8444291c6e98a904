"""Stripe's refusals: `{"error": {"type", "code", "message", "param"}}`, absent fields left out."""

from freehold.simulators.kit import errors


class Refusal(errors.Refusal):
    def __init__(
        self,
        status: int,
        message: str,
        *,
        type_: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        said = {"type": type_, "code": code, "message": message, "param": param}
        super().__init__(status, message, {"error": {name: value for name, value in said.items() if value}})

    @classmethod
    def missing(cls, what: str, object_id: str, *, param: str = "id") -> "Refusal":
        return cls(404, f"No such {what}: '{object_id}'", code="resource_missing", param=param)

    @classmethod
    def bad(cls, param: str, message: str, *, code: str | None = None) -> "Refusal":
        return cls(400, message, code=code, param=param)

    @classmethod
    def unexpected_state(cls, message: str) -> "Refusal":
        return cls(400, message, code="payment_intent_unexpected_state")
