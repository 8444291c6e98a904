"""How a company says where its payers send their money."""

import re

from freehold.adapters.payments.bank_transfer.provider import BankTransferProvider
from freehold.adapters.payments.bank_transfer.settings import BankTransferSettings
from freehold.domain.bank_accounts import is_iban
from freehold.domain.money import CURRENCIES
from freehold.ports.payment_gateway import AccountConfig, AccountField, Connector

BIC = re.compile(r"[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
NUMBER = re.compile(r"[0-9]{5,9}")
LONGEST = 200

FIELDS = (
    AccountField("account_holder", "Account holder"),
    AccountField("bank_name", "Bank", required=False),
    AccountField("iban", "IBAN", required=False),
    AccountField("account_number", "Account number", required=False, help="Where there is no IBAN."),
    AccountField("bic", "BIC or SWIFT code", required=False),
    AccountField("branch", "Branch or sort code", required=False),
    AccountField("paybill", "Paybill", required=False),
    AccountField("till", "Till", required=False),
    AccountField("note", "Note to the payer", required=False, help="Shown below the details."),
    AccountField("currencies", "Currencies", required=False, help="EUR, GBP … Any when empty."),
)


def connect(config: AccountConfig) -> BankTransferProvider:
    """Raises ValueError, naming the field, for a bad value."""
    values = {name: " ".join(value.split()) for name, value in config.values.items()}
    for name, value in values.items():
        if len(value) > LONGEST:
            raise ValueError(f"{name}: at most {LONGEST} characters")
    if not values.get("account_holder"):
        raise ValueError("account_holder: must not be empty")
    iban = values.get("iban", "").replace(" ", "").upper()
    if iban and not is_iban(iban):
        raise ValueError("iban: this is no IBAN; a digit may be wrong")
    bic = values.get("bic", "").replace(" ", "").upper()
    if bic and not BIC.fullmatch(bic):
        raise ValueError("bic: eight or eleven letters and digits")
    for name in ("paybill", "till"):
        if values.get(name) and not NUMBER.fullmatch(values[name]):
            raise ValueError(f"{name}: five to nine digits")
    shown = {**values, "iban": _in_fours(iban), "bic": bic}
    details = {field.name: shown.get(field.name, "") for field in FIELDS if field.name != "currencies"}
    settings = BankTransferSettings(
        account=config.account, details=details, currencies=_currencies(values.get("currencies", ""))
    )
    return BankTransferProvider(settings)


def _in_fours(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _currencies(listed: str) -> frozenset[str]:
    codes = frozenset(code for code in re.split(r"[\s,]+", listed.upper()) if code)
    if unknown := sorted(codes - CURRENCIES):
        raise ValueError(f"currencies: unknown {', '.join(unknown)}")
    return codes


CONNECTOR = Connector(slug="bank_transfer", label="Bank transfer", fields=FIELDS, connect=connect)
