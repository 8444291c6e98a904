"""How Razorpay tells its merchants: within five seconds, or again for a day; then it stops telling at all."""

import hashlib
import hmac

from freehold.simulators.kit.books import Row
from freehold.simulators.kit.courier import Courier, Letter, doubling
from freehold.simulators.razorpay import messages
from freehold.simulators.razorpay.desk import Desk

PATIENCE_S = 5.0
RETRIES = doubling(first_s=0.5, longest_s=3600.0, give_up_after_s=24 * 3600.0)


def hire(desk: Desk) -> Courier:
    books = desk.books

    def seal(delivery: Row) -> Letter:
        body = delivery["body"].encode()
        known = books.row("SELECT secret FROM signed_with WHERE event_id = :id", id=delivery["event_id"])
        signature = hmac.new(known["secret"].encode() if known else b"", body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Razorpay-Webhook/v1",
            "X-Razorpay-Event-Id": delivery["event_id"],
            "X-Razorpay-Signature": signature,
        }
        return Letter(delivery["url"], body, headers)

    def next_try(failures: int, age_s: float) -> float | None:
        pause = RETRIES(failures, age_s)
        if pause is None:
            with books.transaction():
                books.set(messages.DISABLED, "1")
        return pause

    jobs = {
        "authorize_late": desk.authorize_late,
        "let_go": desk.let_go,
        "process_refund": desk.process_refund,
        "fail_refund": desk.fail_refund,
        "move_payout": desk.move_payout,
    }
    return Courier(books, seal=seal, next_try=next_try, jobs=jobs, timeout_s=PATIENCE_S)
