"""Dumps as Django writes them, in the field names of the older APIs' documents."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.distribution.moving.report import MoveReport, Verdict
from freehold.distribution.services.move_data import Move, Moved, move_data

Row = dict[str, Any]
MADE = "2025-01-05T10:00:00Z"
# Of the password "old-Secret-9", as Django 5.2 hashes it with few rounds.
PBKDF2 = "pbkdf2_sha256$1000$saltsaltsalt$vL5biNM1bCJt4G8mYetLK7NLWamaz2yzB4YHHQMm6us="


def row(model: str, pk: Any, **fields: Any) -> Row:
    return {"model": model, "pk": pk, "fields": fields}


def in_days(days: float, hour: int = 10) -> str:
    moment = datetime.now(UTC) + timedelta(days=days)
    return moment.replace(hour=hour, minute=0, second=0, microsecond=0).isoformat()


def user(pk: Any = 7, **fields: Any) -> Row:
    chosen = {
        "password": PBKDF2,
        "last_login": None,
        "is_superuser": False,
        "username": f"person{pk}",
        "first_name": "Jack",
        "last_name": "Dev",
        "email": f"person{pk}@example.com",
        "is_staff": False,
        "is_active": True,
        "date_joined": MADE,
        "groups": [],
        "user_permissions": [],
    }
    return row("users.user", pk, **{**chosen, **fields})


def category(pk: Any = 3, **fields: Any) -> Row:
    return row("properties.category", pk, **{"name": f"Kind {pk}", "slug": f"kind-{pk}", "parent": None, **fields})


def estate_property(pk: Any = 11, **fields: Any) -> Row:
    chosen = {
        "title": f"Lake villa {pk}",
        "slug": f"lake-villa-{pk}",
        "description": "By the lake.",
        "location": "Banani, Dhaka",
        "price": "25000.00",
        "bedrooms": 3,
        "bathrooms": 2,
        "category": 3,
        "amenities": ["WiFi", "Pool", "Helipad"],
        "status": "ACTIVE",
        "is_available": True,
        "image": None,
        "created_at": MADE,
        "updated_at": MADE,
    }
    return row("properties.property", pk, **{**chosen, **fields})


def booking(pk: Any = 21, **fields: Any) -> Row:
    chosen = {
        "user": 7,
        "property": 11,
        "total_amount": "25000.00",
        "status": "PAID",
        "start_at": in_days(5, 10),
        "end_at": in_days(5, 12),
        "created_at": MADE,
        "updated_at": MADE,
    }
    return row("bookings.booking", pk, **{**chosen, **fields})


def payment(pk: Any = 31, **fields: Any) -> Row:
    chosen = {
        "booking": 21,
        "provider": "STRIPE",
        "status": "SUCCESS",
        "transaction_id": f"pi_{pk}",
        "raw_response": {"message": "done"},
        "created_at": MADE,
        "updated_at": MADE,
    }
    return row("payments.payment", pk, **{**chosen, **fields})


def write(folder: Path, rows: Sequence[Row] | Any, name: str = "dump.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


def moved(folder: Path, rows: Sequence[Row], company: Company, *, api: str = "estate", **options: Any) -> MoveReport:
    """Moves these rows and returns the report."""
    report, _ = moved_with_pictures(folder, rows, company, api=api, **options)
    return report


def moved_with_pictures(
    folder: Path, rows: Sequence[Row], company: Company, *, api: str = "estate", **options: Any
) -> tuple[MoveReport, Moved]:
    report = MoveReport()
    outcome = move_data(
        actor=Actor.system("test move"),
        path=write(folder, rows),
        move=Move(api=api, company=company, **options),
        report=report,
        progress=lambda _done, _total: None,
    )
    return report, outcome


def said(report: MoveReport, verdict: Verdict, pk: Any = "") -> str:
    """All that the report says in this way, of one row or of all."""
    lines = (line for line in report.lines if line.verdict is verdict and pk in ("", line.pk))
    return "; ".join(line.reason for line in lines)
