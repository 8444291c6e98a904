"""The page "Signing in": its commands are run as they stand, from top to bottom, against a running demonstration."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.programs import has
from tests.support.house import House

PAGE = Path(__file__).parents[2] / "docs/signing-in.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(not has("bash", "curl", "jq"), reason="needs bash, curl and jq")


def test_every_command_of_the_page_works(house: House) -> None:
    blocks = BLOCK.findall(PAGE.read_text())
    assert len(blocks) >= 10
    # Whatever fails, at any place of a pipeline, ends the run; the trace says where.
    # Mails and messages take longer on a machine that runs other tests at the same time.
    patient = [re.sub(r"^sleep \d+$", "sleep 5", block, flags=re.MULTILINE) for block in blocks]
    script = "\n".join(["set -euxo pipefail", f"base={house.site}", *patient])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
