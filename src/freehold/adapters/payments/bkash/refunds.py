"""Refunds, of which bKash keeps no key: what was lost on the way is found in the payment's list of refunds.

A first request is made; one that was made before, and one whose answer did not come, is looked for first. An entry of
the same amount that belongs to none of the refunds that are accounted for is the one that was lost.
"""

from collections.abc import Mapping
from typing import Any

from freehold.adapters.payments.answers import well_formed
from freehold.adapters.payments.bkash import codes
from freehold.adapters.payments.bkash.http import BkashHttp
from freehold.adapters.payments.bkash.translate import refund_snapshot
from freehold.domain.payment_states import RefundState
from freehold.ports.payment_gateway import (
    Declined,
    ProviderError,
    ProviderRef,
    RefundRequest,
    RefundSnapshot,
    Retryable,
    Unknown,
)

LONGEST = 255
BUSY = "429"


class BkashRefunds:
    def __init__(self, http: BkashHttp, url: str) -> None:
        self._http, self._url = http, url

    def make(self, req: RefundRequest, trx_id: str) -> RefundSnapshot:
        """Raises Unknown when bKash neither answers nor lists it: ask again with `repeated`."""
        if req.repeated and (lost := self._lost(req, trx_id)) is not None:
            return lost
        body = {
            **_names(req.ref, trx_id),
            "refundAmount": req.amount.amount_text(),
            "sku": req.refund_id[:LONGEST],
            "reason": (req.reason or "refund")[:LONGEST],
        }
        try:
            answer = self._http.write(f"{self._url}/transaction", body)
            made = well_formed(lambda: refund_snapshot(answer, req.ref))
            if made is not None:
                return made
            raise Unknown("bKash's answer to a refund lacks what it should have")
        except Unknown:
            return self._lost_just_now(req, trx_id)
        except Retryable as error:
            if error.code == BUSY and (made := self._made_all_the_same(req, trx_id)) is not None:
                return made
            raise

    def find(self, provider_id: str, ref: ProviderRef, trx_id: str) -> RefundSnapshot:
        for entry in self._listed(ref, trx_id):
            if entry.provider_id == provider_id:
                return entry
        raise Retryable("bKash does not list this refund", code="refund_not_listed")

    def _lost_just_now(self, req: RefundRequest, trx_id: str) -> RefundSnapshot:
        """To be called while the Unknown of the request is handled."""
        try:
            lost = self._lost(req, trx_id)
        except ProviderError as error:
            raise Unknown("bKash does not tell whether it refunded", code=error.code) from error
        if lost is None:
            raise Unknown("bKash does not list the refund, and may still make it", code="refund_not_listed")
        return lost

    def _made_all_the_same(self, req: RefundRequest, trx_id: str) -> RefundSnapshot | None:
        """Whoever says that there is too much to do should not have done it; since a second request would be a second
        refund, that is not taken on trust. Raises Unknown when bKash does not tell."""
        try:
            return self._lost(req, trx_id)
        except ProviderError as error:
            raise Unknown("bKash had too much to do to tell whether it refunded", code=error.code) from error

    def _lost(self, req: RefundRequest, trx_id: str) -> RefundSnapshot | None:
        strange = [entry for entry in self._listed(req.ref, trx_id) if entry.provider_id not in req.known]
        same = [entry for entry in strange if entry.amount == req.amount and entry.state is not RefundState.FAILED]
        return same[0] if same else None

    def _listed(self, ref: ProviderRef, trx_id: str) -> list[RefundSnapshot]:
        """Every refund of the payment, oldest first. Raises Retryable."""
        try:
            answer = self._http.ask(f"{self._url}/status", _names(ref, trx_id))
        except Declined as error:
            if error.code in codes.NO_TRANSACTION:
                return []
            raise
        listed = well_formed(lambda: [refund_snapshot(entry, ref) for entry in _entries(answer)])
        if listed is None:
            raise Retryable("bKash's list of refunds lacks what it should have")
        return listed


def _names(ref: ProviderRef, trx_id: str) -> dict[str, str]:
    return {"paymentId": ref.object_id, "trxId": trx_id}


def _entries(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(answer.get("refundTransactions") or [])
