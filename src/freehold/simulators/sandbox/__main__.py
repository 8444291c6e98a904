"""Starts the gateway: `python -m freehold.simulators.sandbox --home DIR --port P`.

Secrets are better given by the environment, where other users of the machine cannot read them:
FREEHOLD_SANDBOX_SECRETS (one or two webhook secrets, comma-separated) and FREEHOLD_SANDBOX_API_KEY.
"""

import argparse
import os
import sys

from freehold.simulators.kit import process
from freehold.simulators.kit.books import Books
from freehold.simulators.sandbox import courier
from freehold.simulators.sandbox.app import build_app
from freehold.simulators.sandbox.books import SCHEMA
from freehold.simulators.sandbox.gateway import Gateway

DEFAULT_SECRET = "whsec_sandbox"  # noqa: S105 - guards play money
DEFAULT_API_KEY = "sk_sandbox"
NAME = "sandbox"
USUAL_PORT = 8410


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secret", action="append", dest="secrets", help="webhook secret; give two while one replaces the other"
    )
    parser.add_argument("--api-key", default=os.environ.get("FREEHOLD_SANDBOX_API_KEY") or DEFAULT_API_KEY)


def build(arguments: argparse.Namespace) -> process.Running:
    books = Books(process.folder_of(arguments, NAME) / "books.sqlite3", SCHEMA)
    gateway = Gateway(books, arguments.public_url)
    secrets = arguments.secrets or process.listed("FREEHOLD_SANDBOX_SECRETS", DEFAULT_SECRET)
    return process.Running(build_app(gateway, api_key=arguments.api_key), courier.hire(gateway, secrets=secrets))


PROGRAM = process.Program(NAME, "sandbox gateway", build, USUAL_PORT, add_arguments)

if __name__ == "__main__":
    process.run(PROGRAM, sys.argv[1:])
