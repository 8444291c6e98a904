"""A company that sells stays and is paid at tills; its guests, its worker, and time. The package shows its use."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.db import connection
from django.db.models import Model
from django.test import Client

from freehold.accounts.models import User
from freehold.bookings.models import Booking
from freehold.bookings.services.cancel_booking import cancel_booking
from freehold.bookings.services.hold_booking import hold_booking
from freehold.bookings.services.start_payment import start_booking_payment
from freehold.config.wiring import SCHEDULE
from freehold.core import clock, outbox, outside
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.finance.models import Posting
from freehold.payments.accounts import notify_url
from freehold.payments.models import Dispute, GatewayAccount, GatewayEvent, Payment, Refund, ReviewItem
from freehold.payments.services.confirm_return import confirm_return
from freehold.payments.services.connect_account import connect_account
from freehold.payments.services.request_refund import request_refund
from freehold.properties.models import Listing
from tests.contract.mpesa_rig import new_phone
from tests.factories import CompanyFactory, ListingFactory, MembershipFactory, UserFactory
from tests.simulators.process import Heard, Listener
from tests.support.gateways.till import Message, Till
from tests.support.promises import broken_promises
from tests.support.stays import stay

SYSTEM = Actor.system("inn")
BACK = "http://127.0.0.1:9/back"
JOBS = ("expire_bookings", "expire_changes", "lapse_holds", "complete_stays", "reconcile_payments", "match_credits")
NOT_SENT_ON = frozenset({"host", "user-agent", "content-length", "connection", "accept-encoding"})
MINUTE, HOUR, DAY = 1.0, 60.0, 1440.0
UNTIL_ALL_IS_OVER = (
    *(0.5 * MINUTE, MINUTE, 3 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 3 * HOUR, 7 * HOUR, 13 * HOUR),
    *(DAY, DAY, 3 * DAY, 4 * DAY, 8 * DAY),
)
"""What the reconciler waits for at most: the last word about a payment, and refunds that bounce."""
MOST_ROUNDS = 30
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_DUE = """
    SELECT EXISTS (SELECT 1 FROM core_outboxmessage WHERE state = 'pending' AND available_at <= freehold_now())
        OR EXISTS (SELECT 1 FROM payments_payment WHERE next_fetch_at <= freehold_now())
        OR EXISTS (SELECT 1 FROM payments_refund WHERE next_fetch_at <= freehold_now())
        OR EXISTS (SELECT 1 FROM bookings_booking
                    WHERE hold_expires_at <= freehold_now() AND state IN ('requested', 'held', 'pending_payment'))
"""

type Holdings = Mapping[tuple[str, str], int]
"""Minor units by provider and currency; nothing where it is zero."""


class Inn:
    def __init__(self, tills: Sequence[Till], listener: Listener, *, patience_s: float | None = None) -> None:
        self.tills = {till.slug: till for till in tills}
        self.till = tills[0]
        self.company = CompanyFactory()
        self.admin = MembershipFactory(company=self.company, role="admin").user
        self.waiting: list[Message] = []
        self.delivered: list[Message] = []
        self._listener, self._taken = listener, 0
        self._client = Client()
        self._listings: dict[str, Listing] = {}
        self._phones: dict[UUID, str] = {}
        self._weeks = 0
        self.accounts = {till.slug: self._connect(till, patience_s) for till in tills}
        self.deliver()

    def _connect(self, till: Till, patience_s: float | None) -> GatewayAccount:
        till.begin()
        outside.bind_connector(till.connector_with(patience_s=patience_s), base_url=till.simulator.url)
        row = connect_account(
            actor=Actor.of(self.admin),
            company_id=self.company.pk,
            provider=till.slug,
            account=till.account,
            values=till.values(),
            livemode=False,
        )
        till.tell(self.endpoint_of(row))
        return row

    @staticmethod
    def endpoint_of(row: GatewayAccount) -> str:
        """What staff enter in the provider's dashboard."""
        return notify_url(row.provider, row.endpoint_token)

    # --- selling --------------------------------------------------------------------------------------------

    def listing(self, currency: str = "") -> Listing:
        """100.00 a night, of which everything goes back until five days before arrival."""
        currency = currency or self.till.currency
        if currency not in self._listings:
            self._listings[currency] = ListingFactory(company=self.company, currency=currency)
        return self._listings[currency]

    def book(
        self,
        *,
        currency: str = "",
        nights: int = 3,
        arrive_in: int = 0,
        booker: User | None = None,
        same_as: Booking | None = None,
    ) -> Booking:
        """A hold on nights that nobody else has: weeks ahead, or `arrive_in` days ahead at a place of its own; or on
        those of another booking. Raises Unavailable."""
        if same_as is not None:
            item = same_as.items.get()
            listing = item.listing
            arrive_in, nights = ((moment - clock.now()).days + 1 for moment in (item.starts_at, item.ends_at))
            nights -= arrive_in
        elif arrive_in:
            listing = ListingFactory(company=self.company, currency=currency or self.till.currency)
        else:
            self._weeks += 1
            listing, arrive_in = self.listing(currency), 30 + 7 * self._weeks
        request = stay(listing, arrive_in=arrive_in, nights=nights)
        return hold_booking(actor=Actor.of(booker or UserFactory()), items=[request])

    def pay(self, booking: Booking, provider: str = "", *, phone: str = "") -> Payment:
        """The booker chooses a provider; raises what the service raises. Each booking has a telephone of its own."""
        phone = phone or self._phones.setdefault(booking.pk, new_phone())
        return start_booking_payment(
            actor=Actor.of(booking.booker),
            booking_id=booking.pk,
            provider=provider or self.till.slug,
            return_url=BACK,
            phone=phone,
        )

    def act(self, payment: Payment, deed: str, *, comes_back: bool | None = None, **details: str) -> dict[str, str]:
        """The payer acts. `comes_back`: whether the browser then reaches us; usually where that completes a payment."""
        self.reload(payment)
        till = self.tills[payment.provider]
        brought = till.act(payment, deed, **details)
        if till.slug == "bkash" if comes_back is None else comes_back:
            self.come_back(payment, brought)
        return brought

    def come_back(self, payment: Payment, brought: Mapping[str, str]) -> Payment:
        actor = Actor.of(payment.payer) if payment.payer is not None else SYSTEM
        return confirm_return(actor=actor, payment_id=payment.pk, params=brought)

    def refund(self, payment: Payment, minor: int, *, key: str = "") -> Refund:
        """Asked for, not sent: the worker does that. The bare service, which leaves what was settled as it is. Raises
        what it raises for more than is left."""
        self.reload(payment)
        return request_refund(
            actor=SYSTEM,
            payment_id=payment.pk,
            amount=Money(minor, payment.currency),
            key=key or f"inn:{payment.pk}:{minor}",
            reason="the guest asked for it",
        )

    def cancel(self, booking: Booking) -> Booking:
        """The booker cancels: what the policy gives back is asked for."""
        return cancel_booking(actor=Actor.of(booking.booker), booking_id=booking.pk)

    def paid(self, booking: Booking | None = None, provider: str = "") -> Payment:
        """A booking that was paid, told and confirmed."""
        payment = self.pay(booking or self.book(), provider)
        self.act(payment, "pay")
        self.settle()
        return self.reload(payment)

    # --- messages -------------------------------------------------------------------------------------------

    def arrived(self, type_: str = "") -> list[Message]:
        """What was sent and not taken in yet, once all that is due has come; of one type if it is named."""
        for till in self.tills.values():
            till.wait_until_quiet()
        fresh = self._listener.heard[self._taken :]
        self._taken += len(fresh)
        # Simulators send in parallel: their types, not their luck, say in which order the messages lie here.
        self.waiting += sorted(map(self._message, fresh), key=lambda message: (message.slug, message.type))
        return [message for message in self.waiting if type_ in ("", message.type)]

    def _message(self, heard: Heard) -> Message:
        parts = heard.path.split("/")
        slug = parts[parts.index("webhooks") + 1] if "webhooks" in parts else "mpesa"
        return Message(slug, self.tills[slug].type_of(heard), heard)

    def deliver(self, messages: Iterable[Message] | None = None) -> list[int]:
        """Our site takes them in, in this order, all that wait by default. The statuses of its answers; what was not
        taken waits on, as the sender would send it again."""
        return [self.post(message) for message in (self.arrived() if messages is None else list(messages))]

    def post(self, message: Message, *, path: str = "", body: bytes | None = None, **headers: str) -> int:
        """One message as it came, or changed on its way. Of those as they came the inn knows that they were taken."""
        place = urlsplit(message.heard.path)
        sent = {**message.heard.headers, **headers}
        answer = self._client.generic(
            "POST",
            path or place.path,
            message.heard.body if body is None else body,
            content_type=sent.get("content-type", "application/json"),
            headers={name: value for name, value in sent.items() if name not in NOT_SENT_ON | {"content-type"}},
            query_params=None,
            QUERY_STRING=place.query,
        )
        if not path and body is None and not headers:
            message.answers.append(answer.status_code)
            if answer.status_code < 300 and message in self.waiting:
                self.waiting.remove(message)
                self.delivered.append(message)
        return answer.status_code

    def lose(self, messages: Iterable[Message]) -> None:
        """The sender gave up, or never tried."""
        for message in list(messages):
            self.waiting.remove(message)

    # --- the worker, and time -------------------------------------------------------------------------------

    def work(self) -> int:
        """The worker, until nothing is due any more."""
        tried = 0
        while more := outbox.deliver_due(worker_id="inn", limit=100):
            tried += more
        return tried

    def reconcile(self) -> int:
        """The jobs that are due: holds run out, gateways are asked, parked messages are read again. How many of our
        payments and refunds were asked about."""
        done = {job.name: job.run() for job in SCHEDULE if job.name in (*JOBS, "revisit_parked_events")}
        return int(done.get("reconcile_payments", 0))

    def settle(self) -> None:
        """Deliver, work and reconcile until there is nothing to do at this moment."""
        for _ in range(MOST_ROUNDS):
            self.deliver()
            self.work()
            self.reconcile()
            if not self._is_anything_due():
                return
        raise AssertionError(f"it never comes to rest: {self.waiting}")

    def advance(self, minutes: float) -> None:
        """All clocks; what falls due is done by whoever works next."""
        if minutes:
            clock.move(timedelta(minutes=minutes))
            for till in self.tills.values():
                till.advance(minutes * 60)

    def trouble(self, operation: str, kind: str, *, executed: bool = False, times: int = 1, provider: str = "") -> None:
        """See `Till.trouble`."""
        self.tills[provider or self.till.slug].trouble(operation, kind, executed=executed, times=times)

    def finish(self) -> None:
        """Planned trouble is over; time passes until the last word about everything was spoken. Then books and ledger
        agree, and every promise is kept."""
        self.let_time_pass()
        assert (difference := self.difference()) == "", difference
        assert (broken := broken_promises()) == [], broken

    def let_time_pass(self, strides: Sequence[float] = UNTIL_ALL_IS_OVER) -> None:
        for till in self.tills.values():
            till.calm()
        self.settle()
        for minutes in strides:
            self.advance(minutes)
            if self._is_anything_due() or self._is_anything_parked():
                self.settle()

    def _is_anything_due(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(_DUE)
            (is_due,) = cursor.fetchone() or (False,)
        return bool(is_due or self.arrived())

    @staticmethod
    def _is_anything_parked() -> bool:
        return GatewayEvent.objects.filter(state=GatewayEvent.State.PARKED).exists()

    # --- both books -----------------------------------------------------------------------------------------

    def difference(self) -> str:
        """Empty when both books agree."""
        theirs, ours = self.books(), self.ledger()
        return "" if theirs == ours else f"providers hold {theirs}, our ledger says {ours}"

    def books(self) -> Holdings:
        """What the providers say that they hold for us, net of what they gave back, before their fees."""
        return {(slug, currency): minor for slug, till in self.tills.items() for currency, minor in till.held().items()}

    def ledger(self) -> Holdings:
        """What our journal says that providers hold. Fees count as held: both sides are compared before them."""
        owners = self._owners()
        held: dict[tuple[str, str], int] = defaultdict(int)
        codes = ("gateway_clearing", "gateway_fees")
        rows = Posting.objects.filter(account__company=self.company, account__code__in=codes)
        for key, currency, minor in rows.values_list("entry__key", "currency", "amount_minor"):
            named = _UUID.search(key)
            held[owners.get(named[0], key) if named else key, currency] += minor
        return {name: minor for name, minor in held.items() if minor}

    def _owners(self) -> dict[str, str]:
        """Which provider the entries about a payment, refund or dispute belong to."""
        payments = Payment.objects.company(self.company.pk).values_list("pk", "provider")
        refunds = Refund.objects.company(self.company.pk).values_list("pk", "payment__provider")
        disputes = Dispute.objects.company(self.company.pk).values_list("pk", "payment__provider")
        return {str(pk): provider for rows in (payments, refunds, disputes) for pk, provider in rows}

    def reviews(self, *kinds: str) -> list[str]:
        """Kinds of what waits for a person, oldest first."""
        items = ReviewItem.objects.filter(resolved_at=None).order_by("created_at")
        return [kind for kind in items.values_list("kind", flat=True) if not kinds or kind in kinds]

    @staticmethod
    def reload[Row: Model](row: Row) -> Row:
        row.refresh_from_db()
        return row

    def close(self) -> None:
        for till in self.tills.values():
            till.close()
