"""Codes that prove a phone number leave as text messages. They are made while they are sent, and stored nowhere."""

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from freehold.accounts.events import PhoneCodeRequested
from freehold.accounts.phone_codes import compose
from freehold.core import outside
from freehold.ports.messenger import Message, MessageRefused

logger = structlog.get_logger(__name__)


def send_phone_code(event: PhoneCodeRequested) -> None:
    """A repetition after a crash sends the same code. There is no delivery row: who signs in is no business record.

    A number that the carrier refuses is not tried again; its owner sees that no code comes.
    """
    message = compose(event)
    if message is None:
        return
    facts = {"code": message.code, "minutes": message.minutes, "host": settings.ENV.site_host}
    with override(message.language or settings.LANGUAGE_CODE):
        text = render_to_string("messaging/sms/phone_code.txt", facts)
    try:
        outside.messenger("sms").send(
            Message(
                channel="sms", to=message.to, subject="", text=text.strip(), dedupe_key=f"phone-code:{event.code_id}"
            )
        )
    except MessageRefused as refusal:
        logger.warning("phone_code_refused", reason=str(refusal))
