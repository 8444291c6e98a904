"""Several simulators in one process: `python -m freehold.simulators --home DIR stripe=8420 razorpay=8430`.

Each is told by the environment whose account it is, as if it ran alone.
"""

import argparse
from pathlib import Path

from freehold.simulators.bkash.__main__ import PROGRAM as BKASH
from freehold.simulators.kit import process
from freehold.simulators.mpesa.__main__ import PROGRAM as MPESA
from freehold.simulators.razorpay.__main__ import PROGRAM as RAZORPAY
from freehold.simulators.sandbox.__main__ import PROGRAM as SANDBOX
from freehold.simulators.stripe.__main__ import PROGRAM as STRIPE

PROGRAMS = {program.name: program for program in (SANDBOX, STRIPE, RAZORPAY, BKASH, MPESA)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="freehold.simulators", description="Payment providers with play money")
    parser.add_argument("--home", type=Path, required=True, help="folder that keeps the books, one folder in it each")
    parser.add_argument("simulators", nargs="+", metavar="NAME=PORT", type=_named)
    arguments = parser.parse_args()
    process.run_all(
        [(PROGRAMS[name], ["--home", str(arguments.home), "--port", str(port)]) for name, port in arguments.simulators]
    )


def _named(text: str) -> tuple[str, int]:
    name, _, port = text.partition("=")
    if name not in PROGRAMS or not port.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: one of {', '.join(PROGRAMS)}, as in stripe=8420")
    return name, int(port)


if __name__ == "__main__":
    main()
