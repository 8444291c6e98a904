"""What an owner is due: a share of what was taken, less what the owner bears."""

from uuid import UUID

from django.db import transaction

from freehold.core import clock
from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.domain import ledger
from freehold.domain.money import CURRENCIES, Money
from freehold.finance.models import JournalEntry, Payee
from freehold.finance.outgoings import find_payee, lock_payee, owner_balance
from freehold.finance.policies import MAKE
from freehold.finance.services.draft_outgoing import LONGEST_AMOUNT
from freehold.finance.services.post_entry import post_company_entry

LONGEST_KEY = 60


def credit_owner(*, actor: Actor, payee_id: UUID, amount: Money, key: str, reason: str) -> JournalEntry:
    """The owner is due `amount` more. `key` names the cause (a statement, a month): once per owner and key.

    Raises NotFound, AccessDenied, BadInput, Conflict `entry_key_used`, Conflict `period_closed`.
    """
    payee = _owner(actor, payee_id, amount, key, reason)
    with transaction.atomic():
        lock_payee(payee.pk)
        return _post(payee, ledger.owner_credited(amount), f"credit:{key}", reason)


def charge_owner(*, actor: Actor, payee_id: UUID, amount: Money, key: str, reason: str) -> JournalEntry:
    """The owner is due `amount` less. Raises what `credit_owner` raises, and Conflict `exceeds_balance` for more than
    is left of it."""
    payee = _owner(actor, payee_id, amount, key, reason)
    with transaction.atomic():
        lock_payee(payee.pk)
        known = JournalEntry.objects.company(payee.company_id).filter(key=_key(payee, f"charge:{key}")).exists()
        left = owner_balance(company_id=payee.company_id, payee_id=payee.pk, currency=amount.currency).left
        if not known and amount > left:
            raise Conflict(f"The owner has {left} left, less than that.", code="exceeds_balance")
        return _post(payee, ledger.owner_charged(amount), f"charge:{key}", reason)


def _owner(actor: Actor, payee_id: UUID, amount: Money, key: str, reason: str) -> Payee:
    actor.own_hand()
    payee = find_payee(actor=actor, payee_id=payee_id, permission=MAKE)
    if payee.kind != Payee.Kind.OWNER:
        raise BadInput("Only owners have such an account.", code="not_an_owner", attr="payee")
    if amount.currency not in CURRENCIES:
        raise BadInput("There is no such currency.", code="invalid", attr="amount")
    if not 0 < amount.minor <= LONGEST_AMOUNT:
        raise BadInput("More than nothing, and no fantastic amount.", code="amount_not_positive", attr="amount")
    if not key.strip() or len(key) > LONGEST_KEY:
        raise BadInput(f"Name the cause, in at most {LONGEST_KEY} characters.", attr="key")
    if not reason.strip():
        raise BadInput("Say what for.", code="required", attr="reason")
    return payee


def _post(payee: Payee, entry: ledger.Entry, key: str, reason: str) -> JournalEntry:
    posted = post_company_entry(
        company_id=payee.company_id,
        key=_key(payee, key),
        entry=entry,
        occurred_at=clock.now(),
        memo=reason.strip()[:200],
        payee_id=payee.pk,
    )
    if posted is None:
        raise BadInput("More than nothing.", code="amount_not_positive", attr="amount")
    return posted


def _key(payee: Payee, key: str) -> str:
    return f"owner:{payee.pk.hex}:{key}"
