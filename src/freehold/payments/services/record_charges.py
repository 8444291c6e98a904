"""Every charge that a gateway reports enters the books, once, whatever becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from freehold.core import clock
from freehold.domain import ledger
from freehold.domain.money import Money
from freehold.domain.payment_states import AmountVerdict, judge_amount
from freehold.finance.models import Folio
from freehold.finance.services.post_entry import post_company_entry, post_entry
from freehold.payments import by_hand
from freehold.payments.models import Charge, Credit, Payment
from freehold.payments.movements import hold_names
from freehold.payments.selectors import refunded_minor
from freehold.ports import payment_gateway as port

ENOUGH = (AmountVerdict.EXACT, AmountVerdict.OVER)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a snapshot brought: money to announce, money that is held back, and charges that make no sense."""

    announced: Money
    held: Money
    foreign: tuple[Charge, ...]
    contradictions: tuple[str, ...]


def record_charges(*, folio: Folio, payment: Payment, snapshot: port.PaymentSnapshot, sound: bool) -> Receipt:
    """Records the charges that are new, posts them, and adds them up on the payment, which the caller saves.

    Once the sum reaches what was asked, all of it is for the room above; until then, and while the snapshot is not
    `sound`, it is the customer's credit. Money in another currency is credit too, but on no folio.
    """
    fresh, contradictions = _new_charges(payment, snapshot)
    local = [charge for charge in fresh if charge.currency == payment.currency]
    foreign = [charge for charge in fresh if charge.currency != payment.currency]
    refunded = 0 if payment.announced_minor else refunded_minor(payment)
    held_before = 0 if payment.announced_minor else payment.received_minor - refunded
    held = Money(held_before + sum(charge.amount_minor for charge in local), payment.currency)
    payment.received_minor += held.minor - held_before
    asked = Money(payment.expected_minor, payment.currency)
    enough = payment.announced_minor > 0 or (sound and judge_amount(asked=asked, received=held) in ENOUGH)
    _post(folio, local, enough=enough)
    _post_foreign(payment, foreign)
    nothing = Money.zero(payment.currency)
    if not enough:
        return Receipt(nothing, held, tuple(foreign), contradictions)
    if held_before and held.is_positive:
        _release(folio, payment, Money(held_before, payment.currency))
    payment.announced_minor += held.minor
    return Receipt(held, nothing, tuple(foreign), contradictions)


def _new_charges(payment: Payment, snapshot: port.PaymentSnapshot) -> tuple[list[Charge], tuple[str, ...]]:
    reported = _reported(snapshot)
    if payment.provider not in by_hand.METHODS:
        hold_names(charge.charge_id for charge in reported)
    account = {"provider": payment.provider, "account": payment.account}
    ids = [charge.charge_id for charge in reported]
    known = {row.charge_id: row for row in Charge.objects.system("charges").filter(**account, charge_id__in=ids)}
    contradictions = tuple(
        charge.charge_id
        for charge in reported
        if (row := known.get(charge.charge_id)) is not None
        and (row.payment_id, row.amount_minor, row.currency)
        != (payment.pk, charge.received.minor, charge.received.currency)
    )
    told = _told_by_a_bank(payment, ids)
    contradictions += tuple(told)
    new = [
        charge
        for charge in reported
        if charge.charge_id not in known and charge.charge_id not in told and charge.received.is_positive
    ]
    if not new:
        return [], contradictions
    count = Charge.objects.company(payment.company_id).filter(payment=payment).count()
    rows = [
        Charge(
            company_id=payment.company_id,
            payment=payment,
            number=number,
            charge_id=charge.charge_id,
            currency=charge.received.currency,
            amount_minor=charge.received.minor,
            occurred_at=charge.occurred_at,
            **account,
        )
        for number, charge in enumerate(new, start=count + 1)
    ]
    return Charge.objects.bulk_create(rows), contradictions


def _told_by_a_bank(payment: Payment, ids: Sequence[str]) -> list[str]:
    """Movements that a credit notice made money of before the provider told of them: a person sorts that out."""
    credits = Credit.objects.filter(external_id__in=ids, state=Credit.State.ALLOCATED, company_id=payment.company_id)
    return sorted(credits.values_list("external_id", flat=True))


def _reported(snapshot: port.PaymentSnapshot) -> Sequence[port.Charge]:
    """The charges; for a gateway that only tells a sum, the object stands for its one charge."""
    if snapshot.charges or snapshot.received is None or not snapshot.received.is_positive:
        return snapshot.charges
    charge_id = snapshot.ref.charge_id or snapshot.ref.object_id
    return (port.Charge(charge_id, snapshot.received, snapshot.occurred_at or clock.now()),)


def _post(folio: Folio, charges: Sequence[Charge], *, enough: bool) -> None:
    for charge in charges:
        amount = Money(charge.amount_minor, charge.currency)
        into = by_hand.kept_in(charge.provider)
        entry = ledger.payment_received(amount, into=into) if enough else _credit(charge)
        post_entry(folio=folio, key=_key(charge), entry=entry, occurred_at=clock.now(), memo=charge.charge_id)


def _post_foreign(payment: Payment, charges: Sequence[Charge]) -> None:
    for charge in charges:
        post_company_entry(
            company_id=payment.company_id,
            key=_key(charge),
            entry=_credit(charge),
            occurred_at=clock.now(),
            memo=charge.charge_id,
        )


def _release(folio: Folio, payment: Payment, credit: Money) -> None:
    """The rest has come: what was held pays together with it."""
    post_entry(
        folio=folio, key=f"payment:{payment.pk}:credit", entry=ledger.credit_applied(credit), occurred_at=clock.now()
    )


def _credit(charge: Charge) -> ledger.Entry:
    nothing, received = Money.zero(charge.currency), Money(charge.amount_minor, charge.currency)
    return ledger.overpayment(received=received, owed=nothing, into=by_hand.kept_in(charge.provider))


def _key(charge: Charge) -> str:
    return f"payment:{charge.payment_id}:{charge.number}"
