"""Starts the simulator: `python -m freehold.simulators.stripe --home DIR [--port P]`.

FREEHOLD_STRIPE_SIM_KEY (the merchant's secret key), FREEHOLD_STRIPE_SIM_SECRETS (webhook secrets, comma-separated),
FREEHOLD_STRIPE_SIM_WEBHOOK_URL (an endpoint from the start; others are created by the API) and
FREEHOLD_STRIPE_SIM_CONTROL_KEY (of the test desk) say the rest.
"""

import argparse
import os
import sys
from functools import partial

from starlette.requests import Request

from freehold.simulators.kit import app, control, process
from freehold.simulators.kit.books import Books
from freehold.simulators.kit.courier import Courier, Job, doubling
from freehold.simulators.stripe import desk, endpoints, outgoing, refunds, scenarios, sessions
from freehold.simulators.stripe.api import NAMES, Api
from freehold.simulators.stripe.books import SCHEMA
from freehold.simulators.stripe.pages import Pages
from freehold.simulators.stripe.params import Params
from freehold.simulators.stripe.store import Store

NAME = "stripe"
TITLE = "Stripe simulator"
USUAL_PORT = 8420
DEFAULT_KEY = "sk_test_freehold"
DEFAULT_SECRET = "whsec_freehold"  # noqa: S105 - guards play money
NEXT_TRY = doubling(first_s=0.5, longest_s=3600.0, give_up_after_s=3 * 24 * 3600.0)
MACHINE_PATHS = ("/v1/", "/control/")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--api-key", default=os.environ.get("FREEHOLD_STRIPE_SIM_KEY") or DEFAULT_KEY)
    parser.add_argument("--webhook-url", default=os.environ.get("FREEHOLD_STRIPE_SIM_WEBHOOK_URL", ""))


def build(arguments: argparse.Namespace) -> process.Running:
    books = Books(process.folder_of(arguments, NAME) / "books.sqlite3", SCHEMA)
    store = Store(books, arguments.public_url, livemode=arguments.api_key.startswith(("sk_live_", "rk_live_")))
    secrets = process.listed("FREEHOLD_STRIPE_SIM_SECRETS", DEFAULT_SECRET)
    if arguments.webhook_url:
        with books.transaction():
            endpoints.keep_usual(store, url=arguments.webhook_url, secrets=secrets)
    pages, api = Pages(store), Api(store, api_key=arguments.api_key)
    control_key = os.environ.get("FREEHOLD_STRIPE_SIM_CONTROL_KEY") or arguments.api_key
    test_desk = control.routes(books, key=control_key, operations=NAMES, deeds=desk.deeds(store))
    courier = Courier(books, seal=partial(endpoints.seal, books), next_try=NEXT_TRY, jobs=_jobs(store))
    application = app.build(
        [*pages.routes(), *api.routes(), *test_desk], refusal_page=pages.look.refused, is_page=_is_page
    )
    hints = (f"secret key {arguments.api_key}", f"webhooks go to {arguments.webhook_url or 'no endpoint yet'}")
    return process.Running(application, courier, hints)


def _jobs(store: Store) -> dict[str, Job]:
    def reverse_transfer(transfer_id: str) -> None:
        outgoing.reverse(store.home_of(transfer_id), transfer_id, Params({}, ()))

    return {
        "expire": lambda id_: sessions.lapse(store.home_of(id_), id_),
        "collect": lambda id_: scenarios.collect(store.home_of(id_), id_),
        "fail_debit": lambda id_: scenarios.fail_debit(store.home_of(id_), id_),
        "fail_refund": lambda id_: refunds.fail(store.home_of(id_), id_),
        "pay_out": lambda id_: outgoing.arrive(store.home_of(id_), id_),
        "fail_payout": lambda id_: outgoing.fail(store.home_of(id_), id_),
        "reverse_transfer": reverse_transfer,
    }


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


PROGRAM = process.Program(NAME, TITLE, build, USUAL_PORT, add_arguments)

if __name__ == "__main__":
    process.run(PROGRAM, sys.argv[1:])
