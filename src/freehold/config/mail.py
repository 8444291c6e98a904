"""Mail leaves through the messaging room, which retries and records it; Django's own mailer is closed."""

from collections.abc import Sequence

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class RefusingBackend(BaseEmailBackend):
    """Raises on every message, so that mail sent past the outbox is found in the first test that sends it."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise RuntimeError("Mail is sent by freehold.messaging: announce an event instead of calling Django's mailer")
