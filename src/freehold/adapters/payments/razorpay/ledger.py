"""Razorpay's own books: what came in, what went back, what it charged for it and what it paid out."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from freehold.adapters.payments.razorpay.amounts import from_wire
from freehold.adapters.payments.razorpay.http import RazorpayHttp
from freehold.adapters.payments.razorpay.translate import moment, was_captured
from freehold.domain.money import Money
from freehold.ports.payment_gateway import LedgerLine, Retryable

PAGE = 100

type Json = Mapping[str, Any]


def read_ledger(api: RazorpayHttp, since: datetime, until: datetime, *, payout_account: str) -> list[LedgerLine]:
    """Lines of `since` <= time < `until`, oldest first. Raises Retryable."""
    payments = {payment["id"]: payment for payment in _within(api, "payment", since, until)}
    refunds = list(_within(api, "refund", since, until))
    payouts = _payouts(api, since, until, payout_account) if payout_account else []
    try:
        lines = [line for payment in payments.values() for line in _payment_lines(payment)]
        lines += [line for refund in refunds for line in _refund_lines(refund, _payment_of(api, refund, payments))]
        lines += [line for payout in payouts for line in _payout_lines(payout)]
    except (KeyError, TypeError, ValueError) as error:
        raise Retryable("Razorpay's books lack what they should have") from error
    return sorted(lines, key=lambda line: line.occurred_at)


def _within(api: RazorpayHttp, resource: str, since: datetime, until: datetime) -> Iterator[Json]:
    return _pages(lambda params: api.read(lambda sdk: getattr(sdk, resource).all(params)), since, until, {})


def _payouts(api: RazorpayHttp, since: datetime, until: datetime, account: str) -> Iterator[Json]:
    return _pages(
        lambda params: api.read(lambda sdk: sdk.get("/v1/payouts", params)), since, until, {"account_number": account}
    )


def _pages(
    ask: Callable[[dict[str, Any]], Json], since: datetime, until: datetime, fixed: dict[str, Any]
) -> Iterator[Json]:
    """Razorpay filters by whole seconds, both ends included: the rest of the filter is ours."""
    window = {"from": int(since.timestamp()), "to": math.ceil(until.timestamp()), **fixed}
    skip, more = 0, True
    while more:
        page = ask({**window, "count": PAGE, "skip": skip})
        items = page.get("items")
        if not isinstance(items, list):
            raise Retryable("Razorpay's list lacks its items")
        yield from (item for item in items if since <= moment(item["created_at"]) < until)
        skip += PAGE
        more = len(items) == PAGE


def _payment_of(api: RazorpayHttp, refund: Json, known: dict[str, Json]) -> Json:
    """Refunds follow their payment by days: one that is not in the window is asked for, once."""
    payment_id = refund["payment_id"]
    if payment_id not in known:
        known[payment_id] = api.read(lambda sdk: sdk.payment.fetch(payment_id))
    return known[payment_id]


def _payment_lines(payment: Json) -> Iterator[LedgerLine]:
    if not was_captured(payment):
        return
    yield _line(payment["id"], "payment", from_wire(payment["amount"], payment["currency"]), payment)
    tax = payment.get("tax") or 0
    fee = (payment.get("fee") or 0) - tax  # Razorpay's fee includes the tax on it
    currency = payment.get("base_currency") or payment["currency"]
    for name, minor in (("fee", fee), ("tax", tax)):
        if minor:
            yield _line(f"{payment['id']}:{name}", "fee", -from_wire(minor, currency), payment)


def _refund_lines(refund: Json, payment: Json) -> Iterator[LedgerLine]:
    """A refund that failed has left and come back. What was let go uncaptured was never ours, nor is its return."""
    if not was_captured(payment):
        return
    amount = from_wire(refund["amount"], refund["currency"])
    signs = (-1, 1) if refund["status"] == "failed" else (-1,)
    for sign in signs:
        line = _line(refund["id"], "refund", amount * sign, payment)
        yield LedgerLine(line.provider_id, line.kind, line.amount, line.related_id, moment(refund["created_at"]))


def _payout_lines(payout: Json) -> Iterator[LedgerLine]:
    if payout["status"] not in ("processing", "processed", "reversed"):
        return  # nothing has left the account, or it never did
    amount, at = from_wire(payout["amount"], payout["currency"]), moment(payout["created_at"])
    signs = (-1, 1) if payout["status"] == "reversed" else (-1,)
    for sign in signs:
        yield LedgerLine(payout["id"], "payout", amount * sign, payout["id"], at)
    charged = payout.get("fees") or 0  # includes the tax on it
    if charged:
        fee = -from_wire(charged, payout["currency"])
        yield LedgerLine(f"{payout['id']}:fee", "fee", fee, payout["id"], at)


def _line(provider_id: str, kind: Any, amount: Money, payment: Json) -> LedgerLine:
    related = payment.get("order_id") or payment["id"]
    return LedgerLine(provider_id, kind, amount, related, moment(payment["created_at"]))
