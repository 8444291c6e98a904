"""The one list of who listens to what, which jobs run when, and which adapters stand outside.

Read this file to learn what happens next after an event. A lower room announces, an upper room listens;
neither knows the other. Two kinds of listener, never mixed:

IN_TRANSACTION  runs inside the announcing transaction; an error rolls everything back.
OUTBOX          is written as a row in the same transaction and delivered at least once afterwards, with
                retries; such a handler is idempotent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from procrastinate.contrib.django import app as jobs

from freehold.accounts.events import (
    AccountClosed,
    AccountErased,
    AccountMailRequested,
    AccountsMerged,
    PhoneCodeRequested,
)
from freehold.accounts.guessing import forget_old_addresses
from freehold.accounts.phone_codes import forget_old_codes
from freehold.adapters.counters.redis import RedisCounters
from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.adapters.messaging.http_gateway import HttpGatewayMessenger, HttpGatewaySettings
from freehold.adapters.messaging.smtp import SmtpMessenger, SmtpSettings
from freehold.adapters.messaging.twilio import TwilioMessenger, TwilioSettings
from freehold.bookings import listeners as bookings
from freehold.bookings.events import (
    BookingCancelled,
    BookingChanged,
    BookingConfirmed,
    BookingRequested,
    DepositAsked,
    DepositClaimed,
    DepositReleased,
    PaymentSentBack,
    RequestAccepted,
    RequestDeclined,
    RequestLapsed,
    RequestWithdrawn,
)
from freehold.bookings.services.complete_stays import complete_due_stays
from freehold.bookings.services.end_change import expire_due_changes
from freehold.bookings.services.expire_booking import expire_due_bookings
from freehold.bookings.services.hold_money import lose_authorization, receive_authorization, take_held_money
from freehold.bookings.services.receive_deposit import hold_deposit, lose_deposit, receive_deposit_money
from freehold.bookings.services.receive_money import receive_money
from freehold.bookings.services.tend_deposits import tend_due_deposits
from freehold.companies import listeners as companies
from freehold.companies.events import MemberInvited
from freehold.config.env import MAIL_SECURITY, Environment
from freehold.config.gateways import bind_gateways
from freehold.config.jobs import recover_stalled_jobs
from freehold.core import events, outside
from freehold.core.blocks import forget_ended_blocks
from freehold.core.counters import PostgresCounters, SteadyCounters
from freehold.core.housekeeping import sweep
from freehold.core.test_clock import ClockMoved
from freehold.finance.events import OutgoingApproved, OutgoingDrafted, OutgoingSubmitted
from freehold.inventory.events import HoldLapsed
from freehold.inventory.services.lapse_holds import lapse_holds
from freehold.inventory.services.rebuild_search import roll_search_window
from freehold.messaging import deposits as deposit_mails
from freehold.messaging import invitations, pay_links, people, phone_codes, reminders, stuck
from freehold.messaging import listeners as messaging
from freehold.messaging import requests as request_mails
from freehold.messaging.events import ReminderDue
from freehold.messaging.services.remind import send_due_reminders
from freehold.payments import listeners as payments
from freehold.payments.events import (
    CaptureRequested,
    ComparisonRequested,
    CreditClaimed,
    CreditStored,
    GatewayEventStored,
    MoneyReceived,
    PayLinkMade,
    PaymentAuthorized,
    PaymentCloseRequested,
    PaymentFailed,
    PaymentsStuck,
    RefundRequested,
    RefundSettled,
)
from freehold.payments.services.compare_ledgers import compare_yesterday
from freehold.payments.services.receive_credit import match_waiting
from freehold.payments.services.reconcile_due import reconcile_due
from freehold.payments.services.revisit_parked import revisit_parked
from freehold.payments.services.rotate_account_secret import forget_replaced_secrets
from freehold.payments.services.warn_of_ending import warn_of_ending_authorizations
from freehold.payments.services.watch_stuck import watch_stuck
from freehold.ports.counters import Counters
from freehold.ports.messenger import Messenger
from freehold.pricing import listeners as pricing


@dataclass(frozen=True, slots=True)
class Job:
    """Work that comes back: `run` is called at each moment of `cron` (UTC).

    Two runs may overlap after a worker was killed: `run` takes its rows with locks, and is idempotent.
    `cron` has the usual five fields; a sixth one gives seconds, as in `* * * * * */10`. What `follows_clock`
    also runs at once when the test clock is moved.
    """

    name: str
    cron: str
    run: Callable[[], Any]
    follows_clock: bool = False


# (event, handlers in the order in which they run)
IN_TRANSACTION: tuple[tuple[type[events.Event], tuple[events.Handler, ...]], ...] = (
    (MoneyReceived, (receive_money, receive_deposit_money)),
    (PaymentAuthorized, (receive_authorization, hold_deposit)),
    (PaymentFailed, (bookings.return_to_held, lose_authorization, lose_deposit)),
    (OutgoingDrafted, (payments.check_amount_can_be_sent,)),
    (OutgoingSubmitted, (payments.check_can_be_sent,)),
    (AccountClosed, (companies.keep_an_administrator,)),
    # Who refuses comes first, and the name goes last.
    (
        AccountErased,
        (payments.forget_payer, bookings.forget_guest, companies.leave_companies, people.forget_recipient),
    ),
    (
        AccountsMerged,
        (bookings.move_bookings, payments.move_payments, pricing.move_quotes, companies.move_memberships),
    ),
)


def catch_up(event: ClockMoved) -> None:
    """Outbox: whatever the moved clock has made due happens now, not at the next tick."""
    for job in SCHEDULE:
        if job.follows_clock:
            job.run()


OUTBOX: tuple[tuple[type[events.Event], tuple[events.Handler, ...]], ...] = (
    (AccountMailRequested, (messaging.send_account_mail,)),
    (PhoneCodeRequested, (phone_codes.send_phone_code,)),
    (MemberInvited, (invitations.tell_invited,)),
    (ClockMoved, (catch_up,)),
    (HoldLapsed, (bookings.expire_lapsed_hold,)),
    (GatewayEventStored, (payments.read_stored_event,)),
    (CreditStored, (payments.match_stored_credit,)),
    (CreditClaimed, (payments.settle_payers_claim,)),
    (ComparisonRequested, (payments.compare_requested,)),
    (PaymentCloseRequested, (payments.close_unwanted_attempt,)),
    (CaptureRequested, (payments.send_capture,)),
    (PayLinkMade, (pay_links.tell_pay_link,)),
    (RefundRequested, (payments.send_refund,)),
    (OutgoingApproved, (payments.send_approved,)),
    (RefundSettled, (messaging.tell_refunded,)),
    (BookingConfirmed, (messaging.tell_confirmed,)),
    (BookingCancelled, (messaging.tell_cancelled,)),
    (BookingChanged, (messaging.tell_changed,)),
    (BookingRequested, (request_mails.tell_requested,)),
    (RequestAccepted, (request_mails.tell_accepted,)),
    (RequestDeclined, (request_mails.tell_declined,)),
    (RequestLapsed, (request_mails.tell_lapsed,)),
    (RequestWithdrawn, (request_mails.tell_withdrawn,)),
    (PaymentSentBack, (messaging.tell_sent_back,)),
    (DepositAsked, (deposit_mails.tell_deposit_asked,)),
    (DepositClaimed, (deposit_mails.tell_deposit_claimed,)),
    (DepositReleased, (deposit_mails.tell_deposit_released,)),
    (ReminderDue, (reminders.tell_reminder,)),
    (PaymentsStuck, (stuck.tell_stuck,)),
)

SCHEDULE: tuple[Job, ...] = (
    Job("sweep", "17 4 * * *", sweep),
    Job("forget_replaced_secrets", "33 * * * *", forget_replaced_secrets),
    Job("forget_ended_blocks", "37 4 * * *", forget_ended_blocks),
    Job("forget_old_addresses", "27 4 * * *", forget_old_addresses),
    Job("forget_phone_codes", "23 4 * * *", forget_old_codes),
    Job("roll_search_window", "43 3 * * *", roll_search_window),
    Job("recover_stalled_jobs", "* * * * * */20", recover_stalled_jobs),
    Job("expire_bookings", "* * * * * */10", expire_due_bookings, follows_clock=True),
    Job("complete_stays", "*/5 * * * *", complete_due_stays, follows_clock=True),
    Job("send_reminders", "*/5 * * * *", send_due_reminders, follows_clock=True),
    Job("expire_changes", "* * * * * */15", expire_due_changes, follows_clock=True),
    Job("lapse_holds", "* * * * * */15", lapse_holds, follows_clock=True),
    Job("reconcile_payments", "* * * * * */10", reconcile_due, follows_clock=True),
    Job("tend_deposits", "* * * * *", tend_due_deposits, follows_clock=True),
    Job("take_held_money", "*/5 * * * *", take_held_money, follows_clock=True),
    Job("warn_of_ending_authorizations", "7 * * * *", warn_of_ending_authorizations, follows_clock=True),
    Job("match_credits", "* * * * *", match_waiting, follows_clock=True),
    Job("revisit_parked_events", "* * * * * */30", revisit_parked),
    Job("watch_stuck_payments", "*/5 * * * *", watch_stuck, follows_clock=True),
    Job("compare_gateway_ledgers", "15 3 * * *", compare_yesterday),
)


def wire() -> None:
    """Connect everything. Called once per process, when all rooms are loaded; safe to call again."""
    events.forget_subscriptions()
    for event, handlers in IN_TRANSACTION:
        for handler in handlers:
            events.subscribe(event, handler)
    for event, handlers in OUTBOX:
        for handler in handlers:
            events.subscribe_outbox(event, handler)
    for job in SCHEDULE:
        _schedule(job)
    bind_adapters()


def bind_adapters() -> None:
    """Choose, from the typed settings, what stands behind each port."""
    env: Environment = settings.ENV
    outside.bind_counters(counters(env.redis_url.get_secret_value()))
    captured = CapturedMessenger(env.home / "mailbox")
    outside.bind_messenger("email", smtp_messenger(env) if env.mail_url.get_secret_value() else captured)
    if env.sms_url.get_secret_value():
        outside.bind_messenger("sms", sms_messenger(env))
    elif not env.is_production:
        outside.bind_messenger("sms", captured)
    if not env.is_production:
        outside.bind_mailbox(captured)
    bind_gateways(env)


def counters(redis_url: str) -> Counters:
    """PostgreSQL counts, or Redis with PostgreSQL to stand in for it."""
    postgres = PostgresCounters()
    return SteadyCounters(RedisCounters(redis_url), postgres) if redis_url else postgres


def smtp_messenger(env: Environment) -> SmtpMessenger:
    """The mail server that `mail_url` describes."""
    parts = urlsplit(env.mail_url.get_secret_value())
    security, usual_port = MAIL_SECURITY[parts.scheme]
    return SmtpMessenger(
        SmtpSettings(
            host=parts.hostname or "",
            port=parts.port or usual_port,
            sender=env.mail_sender,
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )
    )


def sms_messenger(env: Environment) -> Messenger:
    """The gateway for text messages that `sms_url` describes."""
    url = env.sms_url.get_secret_value()
    parts = urlsplit(url)
    if parts.scheme == "twilio":
        return TwilioMessenger(
            TwilioSettings(
                account=unquote(parts.username or ""),
                token=unquote(parts.password or ""),
                sender=env.sms_sender,
                base_url=f"https://{parts.netloc.rpartition('@')[2]}",
            )
        )
    return HttpGatewayMessenger(
        HttpGatewaySettings(
            url=url,
            headers=json.loads(env.sms_headers.get_secret_value()),
            body=env.sms_body,
            sender=env.sms_sender,
        )
    )


def _schedule(job: Job) -> None:
    """A periodic task that is queued at most once, so that runs do not pile up behind a slow one."""
    if job.name in jobs.tasks:
        return

    @jobs.periodic(cron=job.cron)
    @jobs.task(name=job.name, queueing_lock=job.name)
    def run(timestamp: int) -> None:
        job.run()
