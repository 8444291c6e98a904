"""How much waits behind the requests: messages, jobs, payments, and what a person has to decide."""

from dataclasses import dataclass

from django.db import connection

from freehold.core import clock
from freehold.core.outbox import SILENT_AFTER
from freehold.payments.stuck import SILENT, WAITING, count_stuck


@dataclass(frozen=True, slots=True)
class Backlog:
    """Of the whole installation. Ages in seconds; 0 where nothing waits."""

    outbox: dict[str, int]
    outbox_oldest_s: float
    workers: int
    jobs_due: int
    jobs_oldest_s: float
    payments_open: int
    payments_oldest_s: float
    reviews_open: int
    credits_unmatched: int
    stuck: dict[str, int]


# Messages and payments follow Freehold's clock, workers and jobs the machine's.
_WAITING = """
    SELECT outbox.pending, outbox.dead, outbox.oldest, worker.alive, job.due, job.oldest,
           payment.open, payment.oldest, review.open, credit.unmatched
      FROM (SELECT count(*) FILTER (WHERE state = 'pending') AS pending,
                   count(*) FILTER (WHERE state = 'dead') AS dead,
                   extract(epoch FROM freehold_now() - min(available_at) FILTER (WHERE state = 'pending')) AS oldest
              FROM core_outboxmessage WHERE state IN ('pending', 'dead')) AS outbox,
           (SELECT count(*) AS alive FROM core_workerheartbeat
             WHERE beat_at > clock_timestamp() - %(silent)s) AS worker,
           (SELECT count(*) AS due, extract(epoch FROM clock_timestamp() - min(since)) AS oldest
              FROM (SELECT coalesce(each.scheduled_at, deferred.at) AS since
                      FROM procrastinate_jobs AS each
                      LEFT JOIN LATERAL (SELECT min(at) AS at FROM procrastinate_events
                                          WHERE job_id = each.id AND type = 'deferred') AS deferred ON true
                     WHERE each.status = 'todo'
                       AND (each.scheduled_at IS NULL OR each.scheduled_at <= clock_timestamp())) AS due) AS job,
           (SELECT count(*) AS open, extract(epoch FROM freehold_now() - min(created_at)) AS oldest
              FROM payments_payment WHERE state = ANY(%(open)s)) AS payment,
           (SELECT count(*) AS open FROM payments_reviewitem WHERE resolved_at IS NULL) AS review,
           (SELECT count(*) AS unmatched FROM payments_credit WHERE state = 'unmatched') AS credit
"""


def backlog() -> Backlog:
    """Six queries, however much waits."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"silent": SILENT_AFTER, "open": [str(state) for state in (*SILENT, *WAITING)]})
        pending, dead, outbox_age, workers, jobs, job_age, payments, payment_age, reviews, credits = cursor.fetchone()
    return Backlog(
        outbox={"pending": pending, "dead": dead},
        outbox_oldest_s=_age(outbox_age),
        workers=workers,
        jobs_due=jobs,
        jobs_oldest_s=_age(job_age),
        payments_open=payments,
        payments_oldest_s=_age(payment_age),
        reviews_open=reviews,
        credits_unmatched=credits,
        stuck=count_stuck(moment=clock.now()),
    )


def _age(seconds: object) -> float:
    """What is due in the future has no age yet."""
    return max(0.0, float(str(seconds))) if seconds is not None else 0.0
