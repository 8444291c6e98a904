"""Makes `.venv` from `uv.lock`; run by the `freehold` script with any Python >= 3.12, standard library only.

A stamp per dependency group, holding the checksum of the lock, tells the script that nothing is to be done.
Several first starts at once take turns; the later ones find the work done.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

UV = "uv>=0.8"
NETWORK_HINT = """
The packages could not be installed. If the message above speaks of connections or certificates:
  - behind a proxy:       export HTTPS_PROXY=http://proxy:port
  - own certificates:     export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
  - own package index:    export UV_DEFAULT_INDEX=https://pypi.example.com/simple
Then run the command again: what is already downloaded is kept."""
NO_VENV_HINT = """
This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv
(or install uv: https://docs.astral.sh/uv/). Then run the command again."""


class Failed(Exception):
    """Something that the user must mend; the text says how."""


def main(root: Path, group: str) -> int:
    with open(root / ".venv.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another start is installing the packages; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if not is_installed(root, group):
                install(root, group)
        except Failed as failure:
            _say(str(failure))
            return 1
    return 0


def is_installed(root: Path, group: str) -> bool:
    stamp = root / ".venv" / f".freehold-{group}"
    return _python(root).exists() and stamp.exists() and stamp.read_text().strip() == checksum(root)


def checksum(root: Path) -> str:
    """As the shell's `cksum` prints it, because the shell compares."""
    with open(root / "uv.lock", "rb") as lock:
        return subprocess.run(["cksum"], stdin=lock, capture_output=True, check=True).stdout.decode().strip()


def install(root: Path, group: str) -> None:
    venv = root / ".venv"
    _say(f"Installing Freehold's packages into {venv} (once; a minute or two) ...")
    # A dangling interpreter, after an upgrade of the system's Python, is replaced with everything that hangs on it.
    if venv.exists() and not _runs(_python(root)):
        shutil.rmtree(venv)
    uv = _find_uv(root)
    groups = ["--group", "dev"] if group == "dev" else ["--no-dev"]
    command = [
        *uv,
        "sync",
        "--frozen",
        "--no-install-project",
        # uv itself lives here when there is no other, and a run for `main` must not remove the tests' packages.
        "--inexact",
        "--compile-bytecode",
        *groups,
        "--python",
        str(_python(root)) if venv.exists() else sys.executable,
    ]
    environment = {
        **os.environ,
        "UV_PROJECT_ENVIRONMENT": str(venv),
        "UV_PYTHON_DOWNLOADS": "never",
        # Certificates of the machine, so that a company's proxy is trusted where the machine trusts it.
        "UV_SYSTEM_CERTS": os.environ.get("UV_SYSTEM_CERTS", "true"),
    }
    environment.pop("VIRTUAL_ENV", None)
    if subprocess.run(command, cwd=root, env=environment, check=False).returncode:
        raise Failed(NETWORK_HINT)
    (venv / f".freehold-{group}").write_text(checksum(root) + "\n")


def _find_uv(root: Path) -> list[str]:
    """uv on PATH, or one installed into .venv by pip."""
    if on_path := shutil.which("uv"):
        return [on_path]
    python = _python(root)
    if not python.exists():
        made = subprocess.run(
            [sys.executable, "-m", "venv", str(root / ".venv")], capture_output=True, text=True, check=False
        )
        if made.returncode:
            shutil.rmtree(root / ".venv", ignore_errors=True)
            raise Failed(made.stdout.strip() + made.stderr.strip() + NO_VENV_HINT)
    uv = [str(python), "-m", "uv"]
    if subprocess.run([*uv, "--version"], capture_output=True, check=False).returncode:
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV]
        if subprocess.run(pip, check=False).returncode:
            raise Failed(NETWORK_HINT)
    return uv


def _python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def _runs(python: Path) -> bool:
    return python.exists() and subprocess.run([str(python), "-c", ""], capture_output=True, check=False).returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
    except KeyboardInterrupt:
        sys.exit(130)
