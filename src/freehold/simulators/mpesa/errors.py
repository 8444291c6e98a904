"""What Daraja answers when it refuses."""

import secrets

from freehold.simulators.kit import errors


class Refusal(errors.Refusal):
    """`{"requestId", "errorCode", "errorMessage"}`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, message, envelope(code, message))

    @classmethod
    def bad_field(cls, name: str, message: str = "") -> "Refusal":
        return cls(400, "400.002.02", f"Bad Request - Invalid {name}")

    @classmethod
    def system(cls, message: str) -> "Refusal":
        return cls(500, "500.001.1001", message)


def envelope(code: str, message: str) -> dict[str, str]:
    return {"requestId": request_id(), "errorCode": code, "errorMessage": message}


def request_id() -> str:
    return f"{secrets.randbelow(90000) + 10000}-{secrets.randbelow(90000000) + 10000000}-1"
