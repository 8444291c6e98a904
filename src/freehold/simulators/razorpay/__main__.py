"""Starts the simulator: `python -m freehold.simulators.razorpay --home DIR --port P`.

FREEHOLD_RAZORPAY_KEY_ID, FREEHOLD_RAZORPAY_KEY_SECRET, FREEHOLD_RAZORPAY_WEBHOOK_SECRET and
FREEHOLD_RAZORPAY_WEBHOOK_URL say who the merchant is: other users of the machine cannot read them there.
"""

import argparse
import os
import sys

from freehold.simulators.kit import process
from freehold.simulators.kit.books import Books
from freehold.simulators.razorpay import courier, messages
from freehold.simulators.razorpay.app import build_app
from freehold.simulators.razorpay.books import SCHEMA
from freehold.simulators.razorpay.desk import Desk

NAME = "razorpay"
TITLE = "Razorpay simulator"
USUAL_PORT = 8430
KEY_ID = "rzp_test_FreeholdSim001"
KEY_SECRET = "razorpay_simulator_secret"  # noqa: S105 - guards play money
WEBHOOK_SECRET = "razorpay_webhook_secret"  # noqa: S105


def add_arguments(parser: argparse.ArgumentParser) -> None:
    def told(name: str, default: str) -> str:
        return os.environ.get(f"FREEHOLD_RAZORPAY_{name}") or default

    parser.add_argument("--key-id", default=told("KEY_ID", KEY_ID))
    parser.add_argument("--key-secret", default=told("KEY_SECRET", KEY_SECRET))
    parser.add_argument("--webhook-secret", default=told("WEBHOOK_SECRET", WEBHOOK_SECRET))
    parser.add_argument("--webhook-url", default=told("WEBHOOK_URL", ""), help="where events are sent")


def build(arguments: argparse.Namespace) -> process.Running:
    books = Books(process.folder_of(arguments, NAME) / "books.sqlite3", SCHEMA)
    with books.transaction():
        messages.configure(books, address=arguments.webhook_url or None, secret=arguments.webhook_secret)
    desk = Desk(books, arguments.public_url, arguments.key_id, arguments.key_secret)
    hints = (
        f"key id {arguments.key_id}, key secret {arguments.key_secret}",
        f"webhooks go to {books.setting(messages.ADDRESS, 'nobody (--webhook-url)')}",
        f"hosted checkout page {arguments.public_url}/checkout",
    )
    return process.Running(build_app(desk), courier.hire(desk), hints)


PROGRAM = process.Program(NAME, TITLE, build, USUAL_PORT, add_arguments)

if __name__ == "__main__":
    process.run(PROGRAM, sys.argv[1:])
