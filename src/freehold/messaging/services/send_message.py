"""Render one message and hand it to its channel, once per occasion.

The delivery row is written first and marked after the carrier took the message: a crash in between sends again
under the same key, and the carrier's side drops or marks the repetition.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.template import Context, Engine
from django.template.loader import render_to_string

from freehold.core import clock, outside
from freehold.messaging.models import Delivery
from freehold.ports.messenger import Attachment, Channel, Message


def send_message(
    *,
    key: str,
    template: str,
    recipient: str,
    context: Mapping[str, Any],
    channel: Channel = "email",
    company_id: UUID | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Delivery:
    """Sends `messaging/<template>.{subject.txt,txt,html}` unless this `key` was sent already.

    Raises MessengerError when the carrier does not take it; the outbox tries again.
    """
    delivery, _ = Delivery.objects.get_or_create(
        key=key,
        defaults={"template": template, "channel": channel, "recipient": recipient, "company_id": company_id},
    )
    if delivery.state == Delivery.State.SENT:
        return delivery
    message = _render(key, template, recipient, context, channel, attachments)
    outside.messenger(channel).send(message)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.SENT, subject=message.subject, sent_at=clock.now(), attempts=F("attempts") + 1
    )
    delivery.refresh_from_db()
    return delivery


def _render(
    key: str,
    template: str,
    recipient: str,
    context: Mapping[str, Any],
    channel: Channel,
    attachments: tuple[Attachment, ...],
) -> Message:
    facts = {**context, "site_url": settings.SITE_URL}
    text = render_to_string(f"messaging/{template}.txt", facts).strip() + "\n"
    if channel == "sms":
        return Message(channel=channel, to=recipient, subject="", text=text, dedupe_key=key)
    return Message(
        channel=channel,
        to=recipient,
        subject=one_line(_plain(f"messaging/{template}.subject.txt", facts)),
        text=text,
        html=render_to_string(f"messaging/{template}.html", facts),
        attachments=attachments,
        dedupe_key=key,
    )


def _plain(template: str, facts: Mapping[str, Any]) -> str:
    """A subject is no page: an apostrophe stays one."""
    return str(Engine.get_default().get_template(template).render(Context(facts, autoescape=False)))


def one_line(text: str) -> str:
    """A header is one line, whatever a name or a title holds."""
    return " ".join(text.split())
