"""From when somebody may arrive, and from when it is plain that nobody came. By the place's own days."""

from datetime import datetime, time, timedelta

from freehold.domain.periods import local_instant, time_zone


def arrival_day_begins(starts_at: datetime, zone: str) -> datetime:
    """Midnight of the day on which it starts: who is early that day is not sent away."""
    return _midnight(starts_at, zone)


def missed_from(starts_at: datetime, ends_at: datetime, zone: str) -> datetime:
    """The end of the day of arrival, or the end of what was booked when that comes first."""
    return min(_midnight(starts_at, zone, days=1), ends_at)


def _midnight(moment: datetime, zone: str, days: int = 0) -> datetime:
    day = moment.astimezone(time_zone(zone)).date() + timedelta(days=days)
    return local_instant(day, time(), zone)
