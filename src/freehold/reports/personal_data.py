"""Everything that is kept about a person, for that person: as a file that people and programs can read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from freehold.accounts.models import DataExport, User
from freehold.accounts.selectors import proved_contacts
from freehold.accounts.services.note_export import note_export
from freehold.bookings.models import Booking
from freehold.companies.models import Membership
from freehold.core import clock
from freehold.core.actor import Actor
from freehold.domain.money import Money
from freehold.messaging.models import Delivery
from freehold.payments.models import Payment, Refund

_PROFILE = (
    *("id", "email", "username", "phone", "phone_verified_at", "first_name", "last_name", "language", "time_zone"),
    *("date_of_birth", "gender", "avatar", "created_at", "last_login"),
)


def personal_data_of(*, actor: Actor) -> dict[str, Any]:
    """The actor's own data as plain JSON types; secrets such as passwords are not told. That it was taken is noted.

    Raises AccessDenied.
    """
    user = User.objects.get(pk=actor.own_hand())
    exports = DataExport.objects.filter(user=user).order_by("created_at")
    bookings = list(
        Booking.objects.guest(user)
        .select_related("company")
        .prefetch_related("items__listing", "guests")
        .order_by("created_at")
    )
    folios = [booking.folio_id for booking in bookings]
    payments = Payment.objects.system("a person's own data").filter(folio_id__in=folios).order_by("created_at")
    refunds = Refund.objects.system("a person's own data").filter(payment__in=payments).order_by("created_at")
    note_export(actor=actor, kind=DataExport.Kind.OWN, row_count=len(bookings))
    return {
        "made_at": _text(clock.now()),
        "profile": {name: _text(getattr(user, name)) for name in _PROFILE},
        "email_addresses": _rows(EmailAddress.objects.filter(user=user).values("email", "verified", "primary")),
        "second_factors": _rows(Authenticator.objects.filter(user=user).values("type", "created_at", "last_used_at")),
        "connected_accounts": _rows(
            SocialAccount.objects.filter(user=user).values("provider", "uid", "date_joined", "last_login")
        ),
        "devices": _rows(
            UserSession.objects.filter(user=user).values("user_agent", "ip", "created_at", "last_seen_at")
        ),
        "companies": _rows(Membership.objects.guest(user).values("company__name", "role", "created_at")),
        "exports": _rows(exports.values("kind", "row_count", "created_at")),
        "bookings": [_booking(booking) for booking in bookings],
        "payments": [_money_row(row.provider, row) for row in payments],
        "refunds": [_money_row("refund", row) for row in refunds],
        "messages": _rows(
            Delivery.objects.filter(recipient__in=proved_contacts(user=user))
            .order_by("created_at")
            .values("template", "channel", "recipient", "subject", "state", "sent_at")
        ),
    }


def _booking(booking: Booking) -> dict[str, Any]:
    return {
        "reference": booking.reference,
        "with": booking.company.name,
        "state": booking.state,
        "total": Money(booking.total_minor, booking.currency).amount_text(),
        "currency": booking.currency,
        "note": booking.guest_note,
        "booked_at": _text(booking.created_at),
        "places": [
            {"title": item.listing.title, "from": _text(item.starts_at), "until": _text(item.ends_at)}
            for item in booking.items.all()
        ],
        "guests": [{"name": guest.name, "age": guest.age} for guest in booking.guests.all()],
    }


def _money_row(kind: str, row: Payment | Refund) -> dict[str, Any]:
    return {
        "by": kind,
        "state": row.state,
        "amount": Money(row.amount_minor, row.currency).amount_text(),
        "currency": row.currency,
        "at": _text(row.created_at),
    }


def _rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: _text(value) for name, value in row.items()} for row in rows]


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value if value is None or isinstance(value, bool | int | str) else str(value)
