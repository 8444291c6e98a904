"""M-Pesa C2B: what payers send to a paybill or till by themselves, with a reference typed on a telephone.

Nothing is signed: the address vouches, and the sender's IP where the account lists some, which alone is proof enough.
The same body comes twice to different addresses. `?step=validation` asks whether the payment is welcome; nothing has
moved then. A confirmation tells that it has. Payments that our own push asked for are confirmed here as well, with the
receipt as `TransID`.
"""

from dataclasses import dataclass

from freehold.adapters.credits.values import joined, moment, money, read_json, required, text
from freehold.adapters.masking import masked, with_masked
from freehold.ports.credit_notice import CreditNotice
from freehold.ports.credit_source import CreditConnector, Notices
from freehold.ports.payment_gateway import AccountConfig, AccountField, Ack, BadSignature, Inbound

SLUG = "mpesa_c2b"
STEP = "step"
VALIDATION = "validation"
PHONES = frozenset({"MSISDN"})
RECEIVED = Ack(body=b'{"ResultCode":0,"ResultDesc":"Accepted"}')
WELCOME = Ack(body=b'{"ResultCode":"0","ResultDesc":"Accepted"}')


def is_validation(req: Inbound) -> bool:
    return req.query.get(STEP) == VALIDATION


def read_notice(body: dict[str, object], *, shortcode: str = "") -> CreditNotice:
    """Raises UnreadableNotice."""
    phone = text(body.get("MSISDN"))
    names = (text(body.get(name)) for name in ("FirstName", "MiddleName", "LastName"))
    return CreditNotice(
        source=SLUG,
        external_id=required(body.get("TransID"), "TransID"),
        account=text(body.get("BusinessShortCode")) or shortcode,
        amount=money(body.get("TransAmount"), "KES"),
        reference=joined(body.get("BillRefNumber")),
        payer_name=" ".join(filter(None, names)),
        payer_phone=phone,
        value_time=moment(body.get("TransTime")),
        raw={**with_masked(body, PHONES), "MSISDN": masked(phone)},
    )


@dataclass(frozen=True, slots=True)
class MpesaCredits:
    account: str
    shortcode: str
    allowed_ips: frozenset[str] = frozenset()  # empty: any

    @property
    def slug(self) -> str:
        return SLUG

    @property
    def proves_sender(self) -> bool:
        return bool(self.allowed_ips)

    def read(self, req: Inbound) -> Notices:
        if self.allowed_ips and req.remote_ip not in self.allowed_ips:
            raise BadSignature("not one of M-Pesa's addresses")
        if is_validation(req):
            return Notices((), WELCOME, trusted=False)
        return Notices(self.notices_in(req.body), RECEIVED, trusted=self.proves_sender)

    def notices_in(self, body: bytes) -> tuple[CreditNotice, ...]:
        # A till's money may be announced under its head office's number: the notice says where it landed.
        return (read_notice(read_json(body), shortcode=self.shortcode),)


def connect(config: AccountConfig) -> MpesaCredits:
    allowed = frozenset(config.values.get("allowed_ips", "").replace(",", " ").split())
    return MpesaCredits(config.account, config.values["shortcode"], allowed)


CONNECTOR = CreditConnector(
    slug=SLUG,
    label="M-Pesa paybill or till",
    fields=(
        AccountField("shortcode", "Paybill or till number"),
        AccountField(
            "allowed_ips", "Addresses of M-Pesa", required=False, help="Separated by spaces; empty accepts any"
        ),
    ),
    connect=connect,
    quiet_address=True,
)
