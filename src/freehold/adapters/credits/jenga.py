"""Equity Bank's Jenga: instant payment notifications, with a user name and a password that we chose.

`bank.transactionType` is C for money in and D for money out. `billNumber` is what the payer typed, except where the
bank puts it at the end of `additionalInfo`: both are read.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from freehold.adapters.credits.values import joined, moment, money, part, read_json, required, text
from freehold.adapters.masking import with_masked
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import CreditConnector, Notices, UnreadableNotice
from freehold.ports.payment_gateway import AccountConfig, AccountField, Ack, BadSignature, Inbound

SLUG = "jenga"
PHONES = frozenset({"mobileNumber", "additionalInfo", "remarks"})
DIRECTIONS = {"C": "credit", "D": "debit"}
RECEIVED = Ack(body=b'{"status":"SUCCESS","message":"Notification received"}')


@dataclass(frozen=True, slots=True)
class JengaCredits:
    """`logins`: "name:password" pairs; two while one replaces the other."""

    account: str
    bank_account: str
    logins: tuple[str, ...]

    @property
    def slug(self) -> str:
        return SLUG

    @property
    def proves_sender(self) -> bool:
        return True

    def read(self, req: Inbound) -> Notices:
        self._authenticate(req)
        return Notices(self.notices_in(req.body), RECEIVED, trusted=self.proves_sender)

    def notices_in(self, body: bytes) -> tuple[CreditNotice, ...]:
        said = read_json(body)
        transaction = part(said, "transaction")
        if text(said.get("callbackType")) != "IPN" or text(transaction.get("status")).upper() != "SUCCESS":
            # Other callbacks and failed attempts moved no money.
            return ()
        return (self._notice(said),)

    def _notice(self, body: dict[str, object]) -> CreditNotice:
        transaction, bank, customer = (part(body, name) for name in ("transaction", "bank", "customer"))
        direction = DIRECTIONS.get(text(bank.get("transactionType")).upper())
        if direction not in ("credit", "debit"):
            raise UnreadableNotice("bank.transactionType is neither C nor D")
        return CreditNotice(
            source=SLUG,
            external_id=required(text(bank.get("reference")) or transaction.get("reference"), "the reference"),
            account=text(bank.get("account")) or self.bank_account,
            amount=money(transaction.get("amount"), text(transaction.get("currency")) or "KES"),
            reference=joined(
                transaction.get("billNumber"), customer.get("reference"), transaction.get("additionalInfo")
            ),
            payer_name=text(customer.get("name")),
            payer_phone=text(customer.get("mobileNumber")),
            value_time=moment(transaction.get("date")),
            direction="credit" if direction == "credit" else "debit",
            raw=with_masked(body, PHONES),
        )

    def _authenticate(self, req: Inbound) -> None:
        scheme, _, encoded = req.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (ValueError, binascii.Error):
            given = b""
        # No short cut: every login is compared, in constant time.
        fits = [hmac.compare_digest(given, login.encode()) for login in self.logins]
        if not any(fits):
            raise BadSignature("no login fits")


def connect(config: AccountConfig) -> JengaCredits:
    logins = tuple(filter(None, (login.strip() for login in config.values.get("login", "").split(","))))
    if not 1 <= len(logins) <= 2 or not all(":" in login and all(login.split(":", 1)) for login in logins):
        raise ValueError("login: one or two of name:password")
    return JengaCredits(config.account, config.values["bank_account"], logins)


CONNECTOR = CreditConnector(
    slug=SLUG,
    label="Equity Bank (Jenga)",
    fields=(
        AccountField("bank_account", "Account number"),
        AccountField(
            "login", "Login", secret=True, rotates=True, help="name:password, as entered with the bank for this address"
        ),
    ),
    connect=connect,
)
