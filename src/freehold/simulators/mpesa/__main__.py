"""Starts the simulator: `python -m freehold.simulators.mpesa --home DIR`.

The merchant's keys come by the environment, where other users of the machine cannot read them:
FREEHOLD_MPESA_SHORTCODE, _CONSUMER_KEY, _CONSUMER_SECRET, _PASSKEY, _INITIATOR, _INITIATOR_PASSWORD and _CONTROL_KEY.
The certificate that encrypts the initiator's password is made at the first start and read at /certificate.
"""

import argparse
import sys

from freehold.simulators.kit import process
from freehold.simulators.kit.books import Books
from freehold.simulators.kit.courier import Courier, Letter, never_again
from freehold.simulators.mpesa import app
from freehold.simulators.mpesa.books import SCHEMA
from freehold.simulators.mpesa.merchant import Merchant, Vault
from freehold.simulators.mpesa.network import Network
from freehold.simulators.mpesa.outgoing import Outgoing

NAME = "mpesa"
USUAL_PORT = 8450
HEADERS = {"Content-Type": "application/json", "User-Agent": "freehold-mpesa/1"}


def build(arguments: argparse.Namespace) -> process.Running:
    folder = process.folder_of(arguments, NAME)
    books = Books(folder / "books.sqlite3", SCHEMA)
    merchant, vault = Merchant.from_environment(), Vault(folder)
    network = Network(books, merchant)
    outgoing = Outgoing(network, vault)
    courier = Courier(
        books,
        seal=lambda delivery: Letter(delivery["url"], delivery["body"].encode(), HEADERS),
        next_try=never_again,
        jobs={"lapse": network.lapse, "approve": network.approve, "execute": outgoing.execute},
    )
    hints = (f"shortcode {merchant.shortcode}, consumer key {merchant.consumer_key}", "telephones at /phone/NUMBER")
    return process.Running(app.build_app(network, outgoing, vault), courier, hints)


PROGRAM = process.Program(NAME, "M-Pesa simulator", build, USUAL_PORT)

if __name__ == "__main__":
    process.run(PROGRAM, sys.argv[1:])
