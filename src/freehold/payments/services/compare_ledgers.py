"""Compare a gateway's own books with ours, account by account and day by day.

Every difference is a row for a person, with what can be done about it; nothing is mended in silence. What the gateway
kept as its fee is posted.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import structlog

from freehold.core import clock
from freehold.payments.accounts import all_gateways, unusable_accounts
from freehold.payments.comparing import Compared, compare
from freehold.payments.gateways import call
from freehold.payments.models import Comparison, Payment
from freehold.payments.services.record_differences import record_differences
from freehold.payments.services.record_fees import record_fees
from freehold.payments.types import Drift
from freehold.ports.payment_gateway import PaymentProvider, ProviderError

log = structlog.get_logger(__name__)

SETTLE_TIME = timedelta(hours=1)
"""What happened just now may be in one of the two books only."""

BEYOND = timedelta(days=1)
"""So far beyond both ends the provider's lines are read: its day is not always ours."""

DAYS = 2
MOST_DAYS = 60
State = Comparison.State


def compare_yesterday() -> int:
    """A job: the last days of every account. Returns the number of differences."""
    return compare_accounts(days=last_days(DAYS))


def last_days(count: int) -> list[date]:
    """The latest first, beginning with the day that something of is old enough to be compared."""
    latest = (clock.now() - SETTLE_TIME).astimezone(UTC).date()
    return [latest - timedelta(days=back) for back in range(count)]


def compare_accounts(*, days: Iterable[date], company_id: UUID | None = None) -> int:
    """Compares these days of every account, or of those that a company is paid at. Returns the number of differences.

    One account that does not answer, or makes no sense, keeps no other from being compared.
    """
    days = list(days)
    found = 0
    for gateway, whose in all_gateways():
        if company_id is None or is_paid_at(company_id, whose, gateway.slug, gateway.account):
            found += sum(_compare_day(gateway, whose, day) for day in days)
    for row in unusable_accounts():
        if company_id in (None, row.company_id):
            for day in days:
                _note(row.provider, row.account, row.company_id, day, State.FAILED, error="account_unusable")
    return found


def is_paid_at(company_id: UUID, whose: UUID | None, provider: str, account: str) -> bool:
    """Whether the account is the company's own, or the installation's and the company was paid there."""
    if whose is not None:
        return whose == company_id
    return Payment.objects.company(company_id).filter(provider=provider, account=account).exists()


def compare_ledgers(
    *, gateway: PaymentProvider, company_id: UUID | None, since: datetime, until: datetime
) -> list[Drift]:
    """The differences in `since` <= time < `until`, each with a review item. Raises ProviderError."""
    return list(_compare(gateway, company_id, since, until).drifts)


def _compare(gateway: PaymentProvider, company_id: UUID | None, since: datetime, until: datetime) -> Compared:
    lines = call(lambda: list(gateway.list_ledger(since - BEYOND, until + BEYOND)))
    found = compare(gateway, company_id, lines, since, until)
    odd = record_fees(gateway=gateway, company_id=company_id, lines=found.lines, payments=found.payments)
    drifts = (*found.drifts, *odd)
    record_differences(gateway=gateway, company_id=company_id, drifts=drifts, since=since, until=until)
    return Compared(found.lines, drifts, found.totals)


def _compare_day(gateway: PaymentProvider, company_id: UUID | None, day: date) -> int:
    provider, account = gateway.slug, gateway.account
    if not gateway.caps.ledger:
        _note(provider, account, company_id, day, State.NO_BOOKS)
        return 0
    since = datetime.combine(day, time.min, UTC)
    until = min(since + timedelta(days=1), clock.now() - SETTLE_TIME)
    if until <= since:
        return 0
    _note(provider, account, company_id, day, State.RUNNING, started_at=clock.now())
    try:
        found = _compare(gateway, company_id, since, until)
    except Exception as error:  # the next one has its differences waiting too
        log.exception("ledger_not_compared", provider=provider, account=account)
        _note(provider, account, company_id, day, State.FAILED, error=_why(error))
        return 0
    _note(
        provider,
        account,
        company_id,
        day,
        State.DIFFERS if found.drifts else State.AGREED,
        until=until,
        lines=len(found.lines),
        totals=found.totals,
    )
    return len(found.drifts)


def _why(error: Exception) -> str:
    """Names, never what a provider wrote."""
    code = error.code if isinstance(error, ProviderError) else None
    return f"{type(error).__name__}{f': {code}' if code else ''}"[:200]


def _note(
    provider: str, account: str, company_id: UUID | None, day: date, state: Comparison.State, **facts: object
) -> None:
    over = None if state == State.RUNNING else clock.now()
    error = str(facts.pop("error", ""))
    Comparison.objects.update_or_create(
        provider=provider,
        account=account,
        day=day,
        defaults={"company_id": company_id, "state": state, "finished_at": over, "error": error, **facts},
    )
