"""The customer's whole commitment. What was agreed is frozen on the booking at the moment of booking."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from freehold.core.audit import audited
from freehold.core.models import BaseModel, Numbered, TenantModel
from freehold.core.scoping import Scope
from freehold.domain.booking_states import BookingState
from freehold.domain.deposits import OPEN, DepositMethod, DepositState
from freehold.domain.occasions import Occasion, When
from freehold.pricing.types import when_of


@audited
class Booking(Numbered, TenantModel):
    """`terms` freezes price lines, cancellation tiers, policy name and zone; `reference` is what people see.

    `kept_minor` is what changes kept of what was paid for things that were given up; it is no part of `total_minor`.
    """

    reference = models.CharField(max_length=16, unique=True)
    booker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings")
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in BookingState])
    currency = models.CharField(max_length=3)
    total_minor = models.PositiveBigIntegerField()
    due_now_minor = models.PositiveBigIntegerField()
    payment_terms = models.CharField(max_length=12)
    terms = models.JSONField()
    folio = models.OneToOneField("finance.Folio", on_delete=models.PROTECT, related_name="+")
    quote = models.OneToOneField("pricing.Quote", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    hold_expires_at = models.DateTimeField(null=True, blank=True)
    guest_note = models.TextField(blank=True, default="")
    answer_note = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=120, blank=True, default="")
    refund_minor = models.PositiveBigIntegerField(default=0)
    fee_minor = models.PositiveBigIntegerField(default=0)
    kept_minor = models.PositiveBigIntegerField(default=0, db_default=0)

    scope = Scope(company="company_id", guest="booker_id")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="bookings_booking_period"),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False),
                name="bookings_booking_cancelled_when",
            ),
        ]
        indexes = [
            models.Index(fields=["booker", "-starts_at"], name="bookings_booking_trips"),
            models.Index(fields=["company", "starts_at"], name="bookings_booking_arrivals"),
            models.Index(
                fields=["hold_expires_at"],
                condition=Q(state__in=["requested", "held", "pending_payment"]),
                name="bookings_booking_held",
            ),
            # Reminders before a stay begins, and completion after it has ended: few of all bookings are neither.
            models.Index(fields=["starts_at"], condition=Q(state="confirmed"), name="bookings_booking_coming"),
            models.Index(
                fields=["ends_at"], condition=Q(state__in=["confirmed", "in_house"]), name="bookings_booking_ending"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def acceptance(self) -> str:
        """`request` when the host had to say yes first, else `instant`."""
        return str(self.terms.get("acceptance", "instant"))


class BookingItem(BaseModel):
    """One listing for one period, on the units that the claim took.

    `check_in` and `check_out` are the place's dates of the period; until cancelled, there is no `check_out`, and
    `ends_at` is `domain.periods.FOREVER`. `cancelled_at`: given up, while the rest of the booking stays.
    """

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="items")
    listing = models.ForeignKey("properties.Listing", on_delete=models.PROTECT, related_name="+")
    claim = models.ForeignKey("inventory.Claim", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    occasion = models.CharField(
        max_length=15, choices=[(each.value, each.value) for each in Occasion], default=Occasion.NIGHTS
    )
    check_in = models.DateField()
    check_out = models.DateField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    party = models.JSONField()
    amount_minor = models.PositiveBigIntegerField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["booking", "position"], name="bookings_bookingitem_position")]

    def __str__(self) -> str:
        return f"{self.booking_id} #{self.position}"

    @property
    def when(self) -> When:
        """The wish that was booked."""
        return when_of(self.occasion, self.check_in, self.check_out, self.starts_at, self.ends_at)


class Guest(BaseModel):
    """A person who stays; not necessarily the booker. Age is needed for children only."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="guests")
    item = models.ForeignKey(BookingItem, on_delete=models.CASCADE, related_name="guests")
    name = models.CharField(max_length=120)
    age = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name


class BookingChange(BaseModel):
    """Other dates, another place, other guests, or less of it: what was agreed before, and what afterwards.

    A change that costs nothing more is applied at once. One that has to be paid first is pending: `claim_ids` hold
    the space that the booking does not have yet until `expires_at`, and the booking stays as it was. `items` says
    which item becomes which of the items in `after` (none: given up), and on which units. A payment of `due_minor`
    whose attempt came after `after_attempt`, and not after `until_attempt` when the change has ended, is for it.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        APPLIED = "applied"
        EXPIRED = "expired"
        WITHDRAWN = "withdrawn"

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="changes")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State)
    before = models.JSONField()
    after = models.JSONField()
    items = models.JSONField()
    difference_minor = models.BigIntegerField()
    fee_minor = models.PositiveBigIntegerField(default=0)
    refund_minor = models.PositiveBigIntegerField(default=0)
    due_minor = models.PositiveBigIntegerField(default=0)
    claim_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    after_attempt = models.PositiveSmallIntegerField(default=0)
    until_attempt = models.PositiveSmallIntegerField(null=True, blank=True)
    requested_by = models.CharField(max_length=120)
    expires_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "number"], name="bookings_bookingchange_number"),
            models.UniqueConstraint(
                fields=["booking"], condition=Q(state="pending"), name="bookings_bookingchange_one_pending"
            ),
            models.CheckConstraint(
                condition=~Q(state="pending") | Q(expires_at__isnull=False),
                name="bookings_bookingchange_pending_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False),
                name="bookings_bookingchange_applied_when",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="pending"), name="bookings_bookingchange_due"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_id} change {self.number}"


@audited
class DamageDeposit(TenantModel):
    """What a guest leaves against damage, on an account of its own: what is held, until when, and what became of it.

    The folio has its own reference, so that money for the deposit never pays the stay. `payment` is the attempt that
    holds it now; a later attempt takes its place when it is held anew. `held_until` is when the bank lets it go, none
    for what was charged. `claimed_minor` is what the host keeps of it, `kept_minor` what of that was really taken.
    """

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="damage_deposit")
    folio = models.OneToOneField("finance.Folio", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.value) for state in DepositState],
        default=DepositState.PLANNED,
    )
    method = models.CharField(
        max_length=14, choices=[(method.value, method.value) for method in DepositMethod], blank=True, default=""
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    ask_days = models.PositiveSmallIntegerField()
    return_days = models.PositiveSmallIntegerField()
    payment = models.ForeignKey("payments.Payment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(null=True, blank=True)
    renewal_asked_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    claimed_minor = models.PositiveBigIntegerField(default=0)
    kept_minor = models.PositiveBigIntegerField(default=0)
    claim_reason = models.CharField(max_length=200, blank=True, default="")
    claim_note = models.TextField(blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=120, blank=True, default="")

    scope = Scope(company="company_id", guest="booking__booker_id")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_minor__lte=models.F("claimed_minor"), claimed_minor__lte=models.F("amount_minor")),
                name="bookings_damagedeposit_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["held", "claimed", "kept"]) | Q(payment__isnull=False),
                name="bookings_damagedeposit_held_by",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=sorted(state.value for state in OPEN)),
                name="bookings_damagedeposit_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} ({self.state})"
