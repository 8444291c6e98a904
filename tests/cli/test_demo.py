"""What the demo tells its user."""

from __future__ import annotations

from freehold.cli.demo import LOGINS
from freehold.distribution.services import load_demo


def test_printed_logins_are_the_ones_that_are_loaded() -> None:
    """The command repeats them, because it starts without loading the application."""
    printed = [(email, password) for _role, email, password in LOGINS]

    assert printed == [
        (load_demo.ADMIN_EMAIL, load_demo.ADMIN_PASSWORD),
        (load_demo.HOST_EMAIL, load_demo.HOST_PASSWORD),
        (load_demo.GUEST_EMAIL, load_demo.GUEST_PASSWORD),
    ]
