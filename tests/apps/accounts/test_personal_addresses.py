"""Which addresses an administrator who acts as somebody finds closed, those of the older APIs among them."""

import pytest

from freehold.accounts.impersonating import is_personal


@pytest.mark.parametrize(
    ("method", "path", "closed"),
    [
        ("GET", "/api/auth/me/", False),
        ("GET", "/api/auth/me/bookings/", False),
        ("GET", "/api/accounts/me/", False),
        ("POST", "/api/accounts/me/", True),
        ("POST", "/api/auth/login/", True),
        ("POST", "/api/auth/otp/verify/", True),
        ("POST", "/api/accounts/token/", True),
        ("GET", "/auth/reset/abc/def/", True),
        ("POST", "/api/bookings/create/", False),
        ("GET", "/api/v1/me/", False),
        ("PATCH", "/api/v1/me/", True),
        ("GET", "/api/v1/me/devices/", True),
    ],
)
def test_which_addresses_are_the_persons_alone(method: str, path: str, closed: bool) -> None:
    assert is_personal(method, path) is closed
