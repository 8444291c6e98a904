"""Money to a bKash wallet, from the checkout product. bKash answers at once, and knows a payout by its own id only."""

import re
from uuid import UUID

from freehold.adapters.payments.answers import well_formed
from freehold.adapters.payments.bkash import codes
from freehold.adapters.payments.bkash.http import BkashHttp
from freehold.adapters.payments.bkash.translate import BDT, payout_snapshot
from freehold.ports.payment_gateway import (
    Declined,
    Misconfigured,
    PayoutRequest,
    PayoutSnapshot,
    Retryable,
    Unknown,
)

_WALLET = re.compile(r"(?:\+?88)?(01[3-9][0-9]{8})")
_SPACES = re.compile(r"[\s-]+")


class BkashPayouts:
    def __init__(self, http: BkashHttp, url: str) -> None:
        self._http, self._url = http, url

    def make(self, req: PayoutRequest) -> PayoutSnapshot:
        """Never pays twice: bKash refuses a number that it has seen, and that is Unknown, because it may have paid."""
        if req.amount.currency != BDT:
            raise Misconfigured("bKash pays taka only", code="2007")
        wallet = _WALLET.fullmatch(_SPACES.sub("", req.destination.get("msisdn", "")))
        if wallet is None:
            raise Declined("this is no number of a bKash wallet", code="2012")
        body = {
            "amount": req.amount.amount_text(),
            "currency": req.amount.currency,
            "merchantInvoiceNumber": UUID(req.payout_id).hex,
            "receiverMSISDN": wallet[1],
        }
        try:
            answer = self._http.write(f"{self._url}/payment/b2cPayment", body)
        except Declined as error:
            if error.code in codes.DUPLICATE:
                raise Unknown("bKash was told of this payout before: look for it there", code=error.code) from error
            raise
        made = well_formed(lambda: payout_snapshot(answer))
        if made is None:
            raise Unknown("bKash's answer to a payout lacks what it should have")
        return made

    def find(self, provider_id: str) -> PayoutSnapshot:
        answer = self._http.ask(f"{self._url}/payment/search/{provider_id}")
        found = well_formed(lambda: payout_snapshot(answer))
        if found is None:
            raise Retryable("bKash's answer lacks what it should have")
        return found
