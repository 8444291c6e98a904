"""Reads of payments and refunds, and the locks that come after the folio's."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from freehold.companies.access import find_permitted
from freehold.companies.policies import require
from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.core.serials import BY_NUMBER, id_of
from freehold.domain.money import Money
from freehold.domain.payment_states import DisputeState, PaymentState, RefundState
from freehold.finance.models import Settlement
from freehold.payments.account_rules import PERMISSION as MANAGE_ACCOUNTS
from freehold.payments.models import Charge, Dispute, GatewayAccount, Payment, Refund
from freehold.payments.types import Asked

GONE = (RefundState.FAILED, RefundState.CANCELLED)
"""Refunds in these states gave nothing back."""


def payment_id_of(serial: int) -> UUID | None:
    return id_of(Payment.objects.system(BY_NUMBER), serial)


def find_payment(*, actor: Actor, payment_id: UUID | str, permission: str = "payments.view") -> Payment:
    """The payment, if it is the actor's own or the actor's role in its company includes `permission`.

    Raises NotFound otherwise, and AccessDenied for a member whose role does not include it.
    """
    return find_permitted(actor=actor, model=Payment, pk=payment_id, permission=permission, own=True)


def get_payment(payment_id: UUID) -> Payment:
    """Raises NotFound."""
    payment = Payment.objects.system("by id").filter(pk=payment_id).first()
    if payment is None:
        raise NotFound
    return payment


def get_refund(refund_id: UUID) -> Refund:
    """With its payment. Raises NotFound."""
    refund = Refund.objects.system("by id").select_related("payment").filter(pk=refund_id).first()
    if refund is None:
        raise NotFound
    return refund


def accounts_of(*, actor: Actor, company_id: UUID) -> QuerySet[GatewayAccount]:
    """The company's accounts at payment providers. Raises NotFound, AccessDenied."""
    require(actor=actor, permission=MANAGE_ACCOUNTS, company_id=company_id)
    return GatewayAccount.objects.company(company_id).prefetch_related("secrets").order_by("-created_at", "-id")


def find_account(*, actor: Actor, account_id: UUID) -> GatewayAccount:
    """Raises NotFound, AccessDenied."""
    return find_permitted(actor=actor, model=GatewayAccount, pk=account_id, permission=MANAGE_ACCOUNTS)


def account_for_update(*, actor: Actor, account_id: UUID) -> GatewayAccount:
    """Locked. Raises NotFound, AccessDenied."""
    return find_permitted(actor=actor, model=GatewayAccount, pk=account_id, permission=MANAGE_ACCOUNTS, lock=True)


def payment_for_update(payment_id: UUID) -> Payment:
    """Locks the payment of a folio that is locked already."""
    return Payment.objects.system("lock").select_for_update(no_key=True).get(pk=payment_id)


def refund_for_update(refund_id: UUID) -> Refund:
    """Locks the refund of a payment that is locked already."""
    return Refund.objects.system("lock").select_for_update(no_key=True).get(pk=refund_id)


def refundable_payments(*, folio_id: UUID) -> QuerySet[Payment]:
    """Payments whose money reached the folio, the latest first; `refunded` is what of it went or goes back."""
    return (
        Payment.objects.system("refundable")
        .filter(folio_id=folio_id, announced_minor__gt=0)
        .annotate(refunded=Coalesce(Sum("refunds__amount_minor", filter=~Q(refunds__state__in=GONE)), 0))
        .order_by("-created_at", "-id")
    )


def refunded_minor(payment: Payment) -> int:
    """What of the payment went back, or is on its way."""
    refunds = Refund.objects.company(payment.company_id).filter(payment=payment).exclude(state__in=GONE)
    return int(refunds.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"])


def disputed_minor(payment: Payment) -> int:
    """What of the payment a bank disputes or has taken back for good."""
    return charged_back_minor(payment, states=(DisputeState.OPEN, DisputeState.LOST))


def charged_back_minor(payment: Payment, *, states: Iterable[DisputeState]) -> int:
    """Where a provider does not say what a dispute is about, it is about all that came."""
    disputes = Dispute.objects.company(payment.company_id).filter(payment=payment, state__in=states)
    amounts = (max(each.amount_minor, each.withdrawn_minor) or payment.received_minor for each in disputes)
    return min(sum(amounts), payment.received_minor)


def sent_minor(payment: Payment, *, but: Refund) -> int:
    """What other refunds of the payment have given back, or may have."""
    others = Refund.objects.company(payment.company_id).filter(payment=payment).exclude(pk=but.pk)
    told = others.exclude(state__in=(*GONE, RefundState.CHARGED_BACK)).exclude(
        state=RefundState.CREATED, called_at=None
    )
    return int(told.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"])


def undecided_money(payment_id: UUID) -> Money:
    """What the payment received that is neither settled nor went back, nor is on its way back."""
    payment = get_payment(payment_id)
    settled = Settlement.objects.company(payment.company_id).filter(payment=payment)
    kept = int(settled.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"])
    return Money(payment.received_minor - kept - refunded_minor(payment), payment.currency)


def is_being_taken(folio_id: UUID) -> bool:
    """Whether what a bank holds for the folio is being taken now."""
    held = Payment.objects.system("being taken").filter(folio_id=folio_id, state=PaymentState.AUTHORIZED)
    return held.filter(capture_minor__isnull=False).exists()


def held_money(*, folio_id: UUID) -> Money | None:
    """What banks hold for the folio and is wanted still, taken soon or later; None if that is nothing."""
    held = Payment.objects.system("held money").filter(
        folio_id=folio_id,
        purpose=Payment.Purpose.CHARGE,
        capture=Payment.Capture.MANUAL,
        state=PaymentState.AUTHORIZED,
        let_go_at=None,
    )
    sums = held.values("currency").annotate(minor=Sum(Coalesce("capture_minor", "amount_minor")))
    first = sums.order_by("currency").first()
    return None if first is None else Money(int(first["minor"]), first["currency"])


def money_in_review(*, folio_id: UUID) -> Money | None:
    """What arrived for the folio and confirmed nothing, because it is not what was asked; None if nothing."""
    held = _held_for_review().filter(folio_id=folio_id).first()
    return Money(held.received_minor - held.announced_minor, held.currency) if held is not None else None


def something_in_review(folio_id: UUID | OuterRef) -> Exists:
    """A condition for queries of other rooms: that there is such money on that folio."""
    return Exists(_held_for_review().filter(folio_id=folio_id))


def _held_for_review() -> QuerySet[Payment]:
    return (
        Payment.objects.system("money in review")
        .filter(received_minor__gt=F("announced_minor"))
        .annotate(refunded=Coalesce(Sum("refunds__amount_minor", filter=~Q(refunds__state__in=GONE)), 0))
        .filter(received_minor__gt=F("announced_minor") + F("refunded"))
    )


def what_we_know(payment: Payment) -> Asked:
    """To be taken before a gateway is asked about the payment, and handed on with its answer."""
    charges = Charge.objects.company(payment.company_id).filter(payment=payment).values_list("charge_id", flat=True)
    refunds = Refund.objects.company(payment.company_id).filter(payment=payment)
    return Asked(
        state=PaymentState(payment.state),
        charge_ids=frozenset(charges),
        refunds=frozenset(refunds.values_list("id", "state", "amount_minor")),
    )
