"""Upkeep of the job queue itself."""

from __future__ import annotations

from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

SILENT_AFTER_SECONDS = 20.0


def recover_stalled_jobs() -> None:
    """Give the jobs of a worker that was killed to the living; periodic ones only end, their next run comes."""
    async_to_sync(_recover)()


async def _recover() -> None:
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_AFTER_SECONDS):
        if job.queueing_lock:
            await manager.finish_job(job, status=Status.FAILED, delete_job=True)
        else:
            await manager.retry_job(job)
