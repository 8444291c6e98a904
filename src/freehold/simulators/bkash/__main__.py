"""Starts the simulator: `python -m freehold.simulators.bkash --home DIR`.

The merchant's credentials come from the environment, where other users of the machine cannot read them:
FREEHOLD_BKASH_USERNAME, FREEHOLD_BKASH_PASSWORD, FREEHOLD_BKASH_APP_KEY and FREEHOLD_BKASH_APP_SECRET; so does
FREEHOLD_BKASH_DESK_KEY, which opens the test desk. FREEHOLD_BKASH_NOTICES is the merchant's address for notices, and
FREEHOLD_BKASH_APPROVE_UNOPENED anything but empty is `--approve-unopened`.
"""

import argparse
import os
import sys

from starlette.requests import Request

from freehold.simulators.bkash.api import OPERATIONS, Api, deeds
from freehold.simulators.bkash.books import SCHEMA
from freehold.simulators.bkash.desk import Desk
from freehold.simulators.bkash.notices import TOPIC, Notices, seal, signer_of
from freehold.simulators.bkash.pages import Pages
from freehold.simulators.bkash.tokens import Credentials, Tokens
from freehold.simulators.kit import app, control, process
from freehold.simulators.kit.books import Books
from freehold.simulators.kit.courier import Courier, doubling

NAME = "bkash"
TITLE = "bKash simulator"
USUAL_PORT = 8440
MACHINE_PATHS = ("/v1.2.0-beta/", "/v2/", "/control/", "/sns/")
NEXT_TRY = doubling(first_s=0.5, longest_s=1200.0, give_up_after_s=23 * 24 * 3600.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--approve-unopened",
        action="store_true",
        default=bool(_told("APPROVE_UNOPENED", "")),
        help="approve payments whose page nobody opened, so that executing right after creating takes the money",
    )


def build(arguments: argparse.Namespace) -> process.Running:
    folder = process.folder_of(arguments, NAME)
    books = Books(folder / "books.sqlite3", SCHEMA)
    credentials = Credentials(
        username=_told("USERNAME", "sandboxMerchant"),
        password=_told("PASSWORD", "sandboxMerchant@123"),
        app_key=_told("APP_KEY", "app_key_sandbox"),
        app_secret=_told("APP_SECRET", "app_secret_sandbox"),
    )
    desk = Desk(books, Notices(books, signer_of(folder), arguments.public_url), arguments.public_url)
    _prepare(books, desk, approve_unopened=arguments.approve_unopened)
    tokens, pages = Tokens(books, credentials), Pages(desk)
    desk_key = _told("DESK_KEY", "desk_sandbox")
    test_desk = control.routes(books, key=desk_key, operations=OPERATIONS, deeds=deeds(desk, tokens))
    routes = [*pages.routes(), *Api(desk, tokens).routes(), *test_desk]
    broken = {"message": "The simulator failed."}
    running = app.build(routes, refusal_page=pages.look.refused, is_page=_is_page, broken=broken)
    hints = (f"username {credentials.username}", f"app key  {credentials.app_key}", f"topic    {TOPIC}")
    return process.Running(running, Courier(books, seal=seal, next_try=NEXT_TRY), hints)


def _told(name: str, usual: str) -> str:
    return os.environ.get(f"FREEHOLD_BKASH_{name}") or usual


def _prepare(books: Books, desk: Desk, *, approve_unopened: bool) -> None:
    endpoint = _told("NOTICES", "")
    with books.transaction():
        if approve_unopened:
            books.set("approve_unopened", "yes")
        if endpoint and (endpoint != books.setting("endpoint", "") or not desk.notices.is_confirmed):
            desk.notices.subscribe(endpoint)


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


PROGRAM = process.Program(NAME, TITLE, build, USUAL_PORT, add_arguments)

if __name__ == "__main__":
    process.run(PROGRAM, sys.argv[1:])
