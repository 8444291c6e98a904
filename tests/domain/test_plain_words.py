"""Strangers read what somebody wrote for them: no address in it, and no second line."""

import pytest

from freehold.domain.plain_words import plain_words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ben O'Neill-Müller", "Ben O'Neill-Müller"),
        ("Dr. Ana de la Cruz, 2.5 nights", "Dr. Ana de la Cruz, 2.5 nights"),
        ("আনিকা রহমান", "আনিকা রহমান"),
        ("You won: https://evil.example/x?y=1 now", "You won: now"),
        ("HTTP://evil.example", ""),
        ("see www.evil.example", "see"),
        ("go to evil.example/prize", "go to evil. example/prize"),
        ("Ben\r\nBcc: all@x.example\u2028new", "Ben Bcc: all@x. example new"),
        ("evil\u200b.example", "evil. example"),
        ("  ", ""),
    ],
)
def test_words_stay_and_addresses_go(written: str, read: str) -> None:
    assert plain_words(written) == read
