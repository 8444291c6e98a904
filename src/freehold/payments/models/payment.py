"""What gateways were asked for and what they told us. Everything they say is kept before anything is believed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from freehold.core.audit import audited
from freehold.core.models import BaseModel, Numbered, TenantModel
from freehold.core.scoping import Scope
from freehold.domain.payment_states import PaymentState, RefundState
from freehold.payments.models.link import PayLink

OPEN_STATES = [
    PaymentState.CREATED,
    PaymentState.PENDING,
    PaymentState.PROCESSING,
    PaymentState.UNKNOWN,
    PaymentState.AUTHORIZED,
]

IS_OPEN_ATTEMPT = Q(state__in=OPEN_STATES) & ~Q(purpose="deposit", state=PaymentState.AUTHORIZED)
"""The payer may still act. A damage deposit that is held stands beside the attempt to hold it anew."""


@audited
class Payment(Numbered, TenantModel):
    """One attempt at one gateway. The row is committed before the gateway is called; `id` and `attempt` make the key.

    `request` is what the gateway was or will be told: a repeated call must say exactly the same. `received_minor` is
    the sum of the charges in this currency, `announced_minor` what of it the room above was told; the rest is held
    until a person or a further charge decides.

    Per purpose and pay link a folio has at most one open attempt (constraint): the double-pay guard. A `deposit` is a
    damage deposit, of which only what was damaged is ever taken; what `capture` is `manual` is taken when we say so.
    """

    class Purpose(models.TextChoices):
        CHARGE = "charge"
        DEPOSIT = "deposit"

    class Capture(models.TextChoices):
        AUTOMATIC = "automatic"
        MANUAL = "manual"

    folio = models.ForeignKey("finance.Folio", on_delete=models.PROTECT, related_name="payments")
    payer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    attempt = models.PositiveSmallIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.CHARGE, db_default=Purpose.CHARGE)
    capture = models.CharField(max_length=10, choices=Capture, default=Capture.AUTOMATIC, db_default=Capture.AUTOMATIC)
    link = models.ForeignKey(PayLink, null=True, blank=True, on_delete=models.PROTECT, related_name="payments")
    state = models.CharField(
        max_length=12,
        choices=[(state.value, state.value) for state in PaymentState],
        default=PaymentState.CREATED,
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    received_minor = models.PositiveBigIntegerField(default=0)
    announced_minor = models.PositiveBigIntegerField(default=0)
    request = models.JSONField(default=dict, blank=True)
    object_id = models.CharField(max_length=120, blank=True, default="")
    charge_id = models.CharField(max_length=120, blank=True, default="")
    provider_extra = models.JSONField(default=dict, blank=True)
    next_action = models.JSONField(default=dict, blank=True)
    # Of money that is held first: since when and until when, how much of it is to be taken, and that it is let go.
    authorized_at = models.DateTimeField(null=True, blank=True)
    authorized_until = models.DateTimeField(null=True, blank=True)
    capture_minor = models.PositiveBigIntegerField(null=True, blank=True)
    let_go_at = models.DateTimeField(null=True, blank=True)
    return_url = models.URLField(max_length=500)
    notify_token = models.CharField(max_length=64, unique=True)
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_kind = models.CharField(max_length=20, blank=True, default="")
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    fetch_count = models.PositiveSmallIntegerField(default=0)

    scope = Scope(company="company_id", guest="payer_id")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(capture_minor=None) | Q(capture="manual", capture_minor__gt=0, let_go_at=None),
                name="payments_payment_taken_or_let_go",
            ),
            models.UniqueConstraint(fields=["folio", "attempt"], name="payments_payment_attempt"),
            models.UniqueConstraint(
                fields=["folio", "purpose", "link"],
                condition=IS_OPEN_ATTEMPT,
                nulls_distinct=False,
                name="payments_payment_one_open_attempt",
            ),
            models.UniqueConstraint(
                fields=["provider", "account", "object_id"],
                condition=~Q(object_id=""),
                name="payments_payment_object",
            ),
            models.CheckConstraint(
                condition=Q(announced_minor__lte=F("received_minor")), name="payments_payment_announced_within_received"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_fetch_at"],
                condition=Q(next_fetch_at__isnull=False),
                name="payments_payment_to_fetch",
            )
        ]
        triggers = [
            pgtrigger.Trigger(
                name="payments_payment_forward_only",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (OLD.state = 'paid' AND NEW.state <> 'paid') OR NEW.received_minor < OLD.received_minor
                       OR NEW.announced_minor < OLD.announced_minor THEN
                        RAISE EXCEPTION 'payment % is never unpaid', NEW.id USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.object_id or self.pk} {self.state}"

    @property
    def expected_minor(self) -> int:
        """What is to come: what was asked, or what of it was decided to be taken."""
        return self.amount_minor if self.capture_minor is None else self.capture_minor


class Charge(TenantModel):
    """Money that one act of the payer brought in, recorded once. Never changed: what goes back is a refund."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="charges")
    number = models.PositiveSmallIntegerField()
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    charge_id = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    occurred_at = models.DateTimeField()

    scope = Scope(company="company_id", guest="payment__payer_id")

    class Meta:
        ordering = ["payment", "number"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "charge_id"], name="payments_charge_once"),
            models.UniqueConstraint(fields=["payment", "number"], name="payments_charge_number"),
        ]
        triggers = [pgtrigger.Protect(name="payments_charge_final", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.charge_id} {self.amount_minor} {self.currency}"


class GatewayEvent(BaseModel):
    """A message from a gateway, kept as it arrived. Unique per account and dedupe key."""

    class State(models.TextChoices):
        STORED = "stored"
        APPLIED = "applied"
        PARKED = "parked"  # names an object that we do not know (yet)
        IGNORED = "ignored"
        QUARANTINED = "quarantined"  # wrong amount, currency or account: a person looks

    # Whose account it is; none for the installation's own. Only that company's rows are touched.
    company = models.ForeignKey("companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=30)
    account = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=200)
    subject = models.CharField(max_length=20)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True, default="")
    our_id = models.CharField(max_length=120, blank=True, default="")
    trusted = models.BooleanField()
    occurred_at = models.DateTimeField(null=True, blank=True)
    token_ok = models.BooleanField(default=False, db_default=False)
    method = models.CharField(max_length=8, default="POST", db_default="POST")
    path = models.CharField(max_length=300, blank=True, default="")
    query = models.JSONField(default=dict, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    state = models.CharField(max_length=12, choices=State, default=State.STORED)
    note = models.TextField(blank=True, default="")
    # The payment whose own address it came to, and the one that it turned out to be about.
    addressed_to = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    # By the machine's clock, against which signatures age; `created_at` goes with Freehold's.
    received_at = models.DateTimeField(null=True, blank=True)
    transfer = models.ForeignKey(
        "payments.Transfer", null=True, blank=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "account", "dedupe_key"], name="payments_gatewayevent_dedupe")
        ]
        indexes = [
            models.Index(fields=["provider", "account", "object_id"], name="payments_gatewayevent_object"),
            models.Index(fields=["created_at"], condition=Q(state="parked"), name="payments_gatewayevent_parked"),
            # Few messages are about transfers: the others pay nothing for it.
            models.Index(fields=["transfer"], condition=Q(transfer__isnull=False), name="payments_event_transfer"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.dedupe_key} ({self.state})"


@audited
class Refund(TenantModel):
    """Money going back. `key` names the cause (`late:<payment>`, `cancel:<booking>`), so a cause refunds once.

    `called_at` stands while the gateway may know of it. A refund that failed stays failed; trying again is another
    refund, which `replaces` it and pays the same debt.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    folio = models.ForeignKey("finance.Folio", on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=120, unique=True)
    state = models.CharField(
        max_length=10,
        choices=[(state.value, state.value) for state in RefundState],
        default=RefundState.CREATED,
    )
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200)
    provider_id = models.CharField(max_length=120, blank=True, default="")
    error_code = models.CharField(max_length=60, blank=True, default="")
    replaces = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by")
    called_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    succeeded_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    fetch_count = models.PositiveSmallIntegerField(default=0)

    scope = Scope(company="company_id", guest="payment__payer_id")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payments_refund_positive")]
        indexes = [
            models.Index(
                fields=["next_fetch_at"],
                condition=Q(next_fetch_at__isnull=False),
                name="payments_refund_to_fetch",
            )
        ]
        triggers = [
            # The payment's row is locked, so that two refunds at once cannot both see the whole remainder.
            pgtrigger.Trigger(
                name="payments_refund_within_received",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("amount_minor", "state", "payment_id"),
                when=pgtrigger.Before,
                declare=[("received", "bigint"), ("refunded", "numeric")],
                func="""
                    SELECT p.received_minor INTO received FROM payments_payment AS p
                     WHERE p.id = NEW.payment_id FOR UPDATE;
                    SELECT coalesce(sum(r.amount_minor), 0) INTO refunded FROM payments_refund AS r
                     WHERE r.payment_id = NEW.payment_id AND r.id <> NEW.id
                       AND r.state NOT IN ('failed', 'cancelled');
                    IF NEW.state NOT IN ('failed', 'cancelled') AND refunded + NEW.amount_minor > received THEN
                        RAISE EXCEPTION 'refunds exceed what payment % received', NEW.payment_id
                              USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.amount_minor} {self.currency} ({self.state})"


class ReviewItem(BaseModel):
    """Money that a person must look at. Nothing that a gateway reports ends in a log line alone."""

    class Kind(models.TextChoices):
        AMOUNT_MISMATCH = "amount_mismatch"
        UNKNOWN_OBJECT = "unknown_object"
        REFUND_FAILED = "refund_failed"
        REFUND_BY_HAND = "refund_by_hand"
        EXTERNAL_REFUND = "external_refund"
        DISAGREEMENT = "disagreement"
        DISPUTE = "dispute"
        NO_ANSWER = "no_answer"
        GATEWAY_PROBLEM = "gateway_problem"
        DRIFT = "drift"
        AUTHORIZATION_ENDS = "authorization_ends"
        CAPTURE_REFUSED = "capture_refused"
        DEPOSIT_LAPSED = "deposit_lapsed"
        PAYOUT_FAILED = "payout_failed"
        PAYER_CLAIM = "payer_claim"

    company = models.ForeignKey("companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=160, unique=True)
    payment = models.ForeignKey(Payment, null=True, blank=True, on_delete=models.PROTECT, related_name="review_items")
    event = models.ForeignKey(
        GatewayEvent, null=True, blank=True, on_delete=models.PROTECT, related_name="review_items"
    )
    refund = models.ForeignKey(Refund, null=True, blank=True, on_delete=models.PROTECT, related_name="review_items")
    transfer = models.ForeignKey(
        "payments.Transfer", null=True, blank=True, on_delete=models.PROTECT, related_name="review_items"
    )
    detail = models.TextField()
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    resolution = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], condition=Q(resolved_at__isnull=True), name="payments_review_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
