"""How the gateway tells its merchants, how often it tries, and what it does later by itself."""

import time
from collections.abc import Sequence

from freehold.simulators.kit.books import Row
from freehold.simulators.kit.courier import Courier, Letter, doubling
from freehold.simulators.sandbox.gateway import Gateway
from freehold.simulators.sandbox.signing import HEADER, sign

NEXT_TRY = doubling(first_s=0.5, longest_s=3600.0, give_up_after_s=3 * 24 * 3600.0)


def hire(gateway: Gateway, *, secrets: Sequence[str]) -> Courier:
    def seal(delivery: Row) -> Letter:
        body = delivery["body"].encode()
        # The signature tells the real time, even when the gateway's clock was moved: receivers check its age.
        signature = sign(body, secrets=secrets, at=int(time.time()))
        headers = {HEADER: signature, "Content-Type": "application/json", "User-Agent": "freehold-sandbox/1"}
        return Letter(delivery["url"], body, headers)

    def collect(payment_id: str) -> None:
        gateway.collect(payment_id, amount=gateway.payment(payment_id)["amount"])

    jobs = {
        "expire": gateway.expire,
        "collect": collect,
        "fail_refund": gateway.fail_refund,
        "reverse_payout": gateway.reverse_payout,
    }
    return Courier(gateway.books, seal=seal, next_try=NEXT_TRY, jobs=jobs)
