"""Secrets at rest: unreadable without a key, readable through a change of keys."""

from typing import Any

import pytest

from freehold.core.secrets import UnreadableSecret, reseal, seal, unseal


def test_what_was_sealed_is_read_again_and_nothing_of_it_shows() -> None:
    sealed = seal("JBSWY3DPEHPK3PXP ü")
    assert unseal(sealed) == "JBSWY3DPEHPK3PXP ü"
    assert "JBSWY3DP" not in sealed
    assert seal("JBSWY3DPEHPK3PXP ü") != sealed


def test_a_changed_or_foreign_secret_is_not_read(settings: Any) -> None:
    sealed = seal("secret")
    for wrong in (sealed[:-4] + "AAA=", "", "plain text", "é"):
        with pytest.raises(UnreadableSecret):
            unseal(wrong)
    settings.ENCRYPTION_KEYS = ["another key"]
    with pytest.raises(UnreadableSecret):
        unseal(sealed)


def test_a_key_is_changed_without_losing_anything(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["old"]
    sealed = seal("secret")
    settings.ENCRYPTION_KEYS = ["new", "old"]
    assert unseal(sealed) == "secret"
    renewed = reseal(sealed)
    settings.ENCRYPTION_KEYS = ["new"]
    assert unseal(renewed) == "secret"
    with pytest.raises(UnreadableSecret):
        unseal(sealed)
