"""Razorpay's one error envelope. What went wrong is told by its words alone."""

from freehold.simulators.kit import errors


class Refusal(errors.Refusal):
    def __init__(
        self,
        description: str,
        *,
        status: int = 400,
        code: str = "BAD_REQUEST_ERROR",
        reason: str = "input_validation_failed",
        field: str | None = None,
    ) -> None:
        error = {
            "code": code,
            "description": description,
            "source": "business",
            "step": "payment_initiation",
            "reason": reason,
            "metadata": {},
        }
        super().__init__(status, description, {"error": error if field is None else {**error, "field": field}})


def bad_field(name: str, message: str) -> Refusal:
    return Refusal(message, field=name)


def unknown_id() -> Refusal:
    return Refusal("The id provided does not exist", reason="NA")


def unauthorized() -> Refusal:
    return Refusal("Authentication failed", status=401, reason="NA")


def not_required(names: str) -> Refusal:
    return Refusal(f"{names} is/are not required and should not be sent", reason="NA")
