"""How long somebody waits for somebody else: a host's answer, an accepted guest's payment."""

from datetime import datetime, timedelta


def time_to_act(wanted: timedelta, *, now: datetime, starts_at: datetime, at_least: timedelta) -> timedelta:
    """`wanted`, but not beyond the arrival; never less than `at_least`, when the arrival is that near or past."""
    return min(wanted, max(starts_at - now, at_least))
