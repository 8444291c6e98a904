"""`freehold` itself: what it says when nothing, or nothing that it knows, is asked of it."""

import pytest
from click.testing import CliRunner

from freehold.cli import main


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_without_a_command_it_helps_and_succeeds(arguments: list[str]) -> None:
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0
    assert answer.output.startswith("Usage:")
    assert all(f"\n  {name} " in answer.output for name in ("demo", "doctor", "import", "serve", "test", "worker"))


def test_unknown_command_is_an_error() -> None:
    answer = CliRunner().invoke(main, ["lease"])
    assert answer.exit_code == 2
    assert "No such command 'lease'" in answer.output
