"""How a company connects its M-Pesa shortcode."""

from ipaddress import ip_address

from freehold.adapters.payments.mpesa.provider import MpesaProvider
from freehold.adapters.payments.mpesa.settings import PRODUCTION, SANDBOX, MpesaSettings
from freehold.ports.payment_gateway import (
    AccountConfig,
    AccountField,
    Connector,
    DestinationField,
    DestinationShape,
)

FIELDS = (
    AccountField("shortcode", "Paybill or store number"),
    AccountField("till", "Till number", required=False, help="Only for Buy Goods: the number that payers know"),
    AccountField("consumer_key", "Consumer key", secret=True),
    AccountField("consumer_secret", "Consumer secret", secret=True),
    AccountField("passkey", "Passkey", secret=True, help="Of Lipa na M-Pesa Online"),
    AccountField("initiator", "Initiator name", help="Of the API operator who may reverse and pay out"),
    AccountField("initiator_password", "Initiator password", secret=True),
    AccountField(
        "certificate",
        "M-Pesa's certificate",
        required=False,
        help="PEM, from the developer portal; for live mode",
        lines=True,
    ),
    AccountField("payout_shortcode", "Shortcode for payouts", required=False, help="If it is another one"),
    AccountField("allowed_ips", "Addresses of M-Pesa", required=False, help="Separated by spaces; empty accepts any"),
)


def connect(config: AccountConfig) -> MpesaProvider:
    """Raises ValueError, naming the field, for a bad value."""
    values = {field.name: config.values.get(field.name, "").strip() for field in FIELDS}
    simulator = config.base_url.rstrip("/")
    settings = MpesaSettings(
        base_url=simulator or (PRODUCTION if config.livemode else SANDBOX),
        phone_page=f"{simulator}/phone/" if simulator else "",
        account=config.account,
        livemode=config.livemode,
        notify_url=config.notify_url,
        allowed_ips=_addresses(values["allowed_ips"]),
        shortcode=values["shortcode"],
        till=values["till"],
        payout_shortcode=values["payout_shortcode"],
        consumer_key=values["consumer_key"],
        consumer_secret=values["consumer_secret"],
        passkey=values["passkey"],
        initiator=values["initiator"],
        initiator_password=values["initiator_password"],
        certificate=values["certificate"],
    )
    return MpesaProvider(settings, config.tokens)


def _addresses(listed: str) -> frozenset[str]:
    try:
        return frozenset(str(ip_address(each)) for each in listed.replace(",", " ").split())
    except ValueError as error:
        raise ValueError("allowed_ips: IP addresses, separated by spaces") from error


DESTINATIONS = (
    DestinationShape(
        "telephone",
        "M-Pesa telephone",
        (DestinationField("msisdn", "Telephone", r"(\+?254|0)?[17][0-9]{8}", help="Like 0712 345 678."),),
    ),
    DestinationShape(
        "business",
        "Paybill or till",
        (
            DestinationField("shortcode", "Paybill or till", r"[0-9]{5,9}"),
            DestinationField("account", "Account", r"[A-Za-z0-9_./-]{1,13}", required=False, help="Of a paybill."),
        ),
        keyless=True,
    ),
)

CONNECTOR = Connector(
    slug="mpesa", label="M-Pesa", fields=FIELDS, connect=connect, quiet_address=True, destinations=DESTINATIONS
)
