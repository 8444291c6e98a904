"""What the readers of the three APIs share: a row becomes a fact, or a line of the report."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from freehold.accounts.models import Gender
from freehold.accounts.services.import_user import PersonToImport
from freehold.core.errors import BadInput
from freehold.distribution.moving.dumps import DumpRow
from freehold.distribution.moving.facts import OldCategory, OldPayment, OldPerson
from freehold.distribution.moving.fields import Fields, Unfit
from freehold.distribution.moving.report import MoveReport, Verdict
from freehold.domain.errors import DomainError
from freehold.domain.party import MAX_ADULTS, MAX_CHILD_AGE, MAX_CHILDREN, Party

# Django's own tables, which a dump of everything has, and in which nothing of the business stands.
_DJANGO = frozenset({"auth", "contenttypes", "admin", "sessions", "authtoken", "token_blacklist", "sites"})
_MONEY_CAME = frozenset({"SUCCESS", "SUCCEEDED", "PAID", "CAPTURED", "COMPLETED"})
_NO_MONEY = frozenset({"INITIATED", "PENDING", "CREATED", "ATTEMPTED", "FAILED", "CANCELED", "CANCELLED", "EXPIRED"})
_GENDERS = {"MALE": Gender.MALE, "M": Gender.MALE, "FEMALE": Gender.FEMALE, "F": Gender.FEMALE}


@dataclass(slots=True)
class Reader:
    """Of one dump. `currency` and `zone` are the business's."""

    rows: Sequence[DumpRow]
    report: MoveReport
    currency: str
    zone: ZoneInfo
    region: str

    def of(self, *names: str) -> list[DumpRow]:
        """The rows of the models that are called so, in whatever app."""
        return [row for row in self.rows if row.name in names and row.model.partition(".")[0] not in _DJANGO]

    def each[F](self, rows: Iterable[DumpRow], read: Callable[[Fields], F]) -> Iterator[F]:
        """What the rows say; those that say nothing that could be taken are reported."""
        for row in rows:
            try:
                yield read(Fields(row, self.currency, self.zone))
            except Unfit as reason:
                self.report.say(Verdict.REFUSED, row.model, row.key, str(reason))
            except BadInput as refusal:
                words = "; ".join(
                    f"{item.attr}: {item.detail}" if item.attr else item.detail for item in refusal.errors
                )
                self.report.say(Verdict.REFUSED, row.model, row.key, words)
            except DomainError as refusal:
                self.report.say(Verdict.REFUSED, row.model, row.key, refusal.detail)

    def leave_out_all_but(self, *names: str) -> None:
        """One line for each model of the dump that is none of these."""
        for model in dict.fromkeys(row.model for row in self.rows):
            app, _, name = model.rpartition(".")
            if app in _DJANGO or name not in names:
                count = self.report.read[model]
                self.report.say(Verdict.SKIPPED, model, "*", f"{count} rows of a model that is not moved")

    def person(self, fields: Fields, *, has_proved_phone: bool = False) -> OldPerson:
        """`has_proved_phone`: that API took no number without a code sent to it. Elsewhere anybody could write down
        anybody's, and would own it here, so that it is left out."""
        notes = []
        phone = fields.text("phone_number", "phone", "mobile", default="")
        if phone and not has_proved_phone:
            phone = ""
            notes.append("the phone number was left out: nobody had to prove it there, its owner adds it here")
        if fields.flag("is_superuser", default=False) or fields.flag("is_staff", default=False):
            notes.append("was staff there: invite them to the company, nothing of that comes along")
        first, _, last = fields.text("name", "full_name", default="").partition(" ")
        joined_at = fields.moment("date_joined", "created_at", "joined_at") if fields.has(*_JOINED) else None
        born, gender = None, fields.text("gender", default="").upper()
        if fields.has("date_of_birth", "dob"):
            try:
                born = fields.day("date_of_birth", "dob")
            except Unfit as reason:
                notes.append(f"left out: {reason}")
        return OldPerson(
            **base(fields),
            notes=notes,
            facts=PersonToImport(
                email=fields.text("email", default=""),
                username=fields.text("username", default=""),
                phone=phone,
                region=self.region,
                first_name=fields.text("first_name", default=first),
                last_name=fields.text("last_name", default=last),
                password=fields.text("password", default="", longest=512),
                is_active=fields.flag("is_active", default=True),
                joined_at=joined_at,
                date_of_birth=born,
                gender=(_GENDERS.get(gender, Gender.OTHER) if gender.strip() else ""),
            ),
        )

    def category(self, fields: Fields) -> OldCategory:
        name = fields.text("name", "title", longest=100)
        slug = fields.text("slug", default=slugify(name) or "", longest=120)
        if not slug:
            raise Unfit("slug is missing, and the name makes none")
        return OldCategory(**base(fields), name=name, slug=slug, parent=fields.key("parent"))

    def payment(self, fields: Fields, *, provider: str = "") -> OldPayment:
        status = fields.text("status", default="INITIATED").upper()
        if status not in _MONEY_CAME | _NO_MONEY:
            raise Unfit(f"status is {status[:40]!r}, which means nothing here")
        made_at = fields.moment("updated_at", "paid_at", "created_at", "timestamp")
        notes = []
        if status not in _MONEY_CAME and status not in ("FAILED", "CANCELED", "CANCELLED", "EXPIRED"):
            notes.append("the attempt was open: it cannot go on here, its payer begins another one")
        return OldPayment(
            **base(fields),
            notes=notes,
            provider=(fields.text("provider", "method", default=provider or "") or "unknown").lower()[:30],
            transaction_id=fields.text("transaction_id", "razorpay_payment_id", "razorpay_order_id", default="")[:200],
            came_in=status in _MONEY_CAME,
            amount=fields.money("amount", "total_amount") if fields.has("amount", "total_amount") else None,
            made_at=made_at,
        )


_JOINED = ("date_joined", "created_at", "joined_at")


def base(fields: Fields) -> dict[str, Any]:
    """What every fact says of its row."""
    row = fields.row
    return {"model": row.model, "key": row.key, "number": row.number, "digest": digest_of(row.fields)}


def digest_of(fields: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order of the fields."""
    text = json.dumps(fields, sort_keys=True, default=str, ensure_ascii=True)
    return sha256(text.encode()).hexdigest()[:32]


def party_of(fields: Fields, *names: str, ages: Sequence[int | None] = ()) -> Party:
    """So many people, of whom those whose age is known to be a child's are children. One, if nobody counted."""
    size = fields.count(*names, default=max(1, len(ages)), least=1, most=MAX_ADULTS)
    children = tuple(age for age in ages if age is not None and age <= MAX_CHILD_AGE)[:MAX_CHILDREN]
    children = children[: max(0, size - 1)]
    return Party(size - len(children), children)
