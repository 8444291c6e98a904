"""What the gateway answers when it refuses."""

from freehold.simulators.kit import errors


class Refusal(errors.Refusal):
    """An error answer of the API: `{"error": {"type", "code", "message", "param"}}`."""

    def __init__(self, status: int, type_: str, code: str, message: str, *, param: str | None = None) -> None:
        body = {"error": {"type": type_, "code": code, "message": message, "param": param}}
        super().__init__(status, message, body)

    @classmethod
    def bad_field(cls, param: str, message: str) -> "Refusal":
        return cls(400, "invalid_request_error", "parameter_invalid", message, param=param)

    @classmethod
    def missing(cls, what: str) -> "Refusal":
        return cls(404, "invalid_request_error", "resource_missing", f"No such {what}.")

    @classmethod
    def wrong_state(cls, message: str) -> "Refusal":
        return cls(409, "invalid_request_error", "payment_unexpected_state", message)
