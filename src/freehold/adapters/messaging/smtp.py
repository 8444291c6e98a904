"""Sends mail through an SMTP server. It sends no SMS.

SMTP cannot drop a repetition; the Message-ID is derived from the dedupe key, so that mail programs and people can
recognise one.
"""

import hashlib
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Literal

from freehold.ports.messenger import Message, MessageRefused, MessengerUnavailable

FINAL_REPLIES = range(500, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """`sender` may carry a name: "Freehold <stays@example.com>". Certificates are always verified."""

    host: str
    port: int
    sender: str
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: str = ""
    password: str = ""
    timeout_s: float = 10.0

    def __post_init__(self) -> None:
        if "@" not in parseaddr(self.sender)[1]:
            raise ValueError(f"sender is not a mail address: {self.sender!r}")
        if self.password and self.security == "none":
            raise ValueError("a password must not travel unencrypted: choose starttls or tls")


class SmtpMessenger:
    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: Message) -> None:
        """One connection per message: the outbox sends few at a time, and a fresh one cannot be stale."""
        if message.channel != "email":
            raise MessageRefused("this adapter sends mail only")
        mail = self._compose(message)
        try:
            with self._connect() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise _judge(next(iter(error.recipients.values()))[0], "the recipient was refused") from error
        except smtplib.SMTPAuthenticationError as error:
            raise MessengerUnavailable("the mail server refuses our login") from error
        except smtplib.SMTPResponseException as error:
            raise _judge(error.smtp_code, f"the server answered {error.smtp_code}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise MessageRefused(str(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MessengerUnavailable(f"the mail server is not available: {type(error).__name__}") from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_s, context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.username:
                server.login(settings.username, settings.password)
        except smtplib.SMTPNotSupportedError as error:
            server.close()
            raise MessengerUnavailable(f"the mail server lacks what is configured: {error}") from error
        except BaseException:
            server.close()
            raise
        return server

    def _compose(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        domain = parseaddr(self._settings.sender)[1].rpartition("@")[2]
        digest = hashlib.sha256(message.dedupe_key.encode()).hexdigest()[:40]
        try:
            mail["From"] = self._settings.sender
            mail["To"] = message.to
            mail["Subject"] = message.subject
            mail["Date"] = formatdate()
            mail["Message-ID"] = f"<{digest}@{domain}>"
            mail["Auto-Submitted"] = "auto-generated"
            mail.set_content(message.text)
            if message.html:
                mail.add_alternative(message.html, subtype="html")
            for attachment in message.attachments:
                kind, parameters = _content_type(attachment.content_type)
                mail.add_attachment(
                    attachment.content,
                    maintype=kind[0],
                    subtype=kind[1],
                    filename=attachment.filename,
                    params=parameters,
                )
        except (ValueError, HeaderParseError, MessageError, IndexError) as error:
            # A line break in an address or subject ends here: nobody smuggles headers through us.
            raise MessageRefused(f"the message cannot be a mail: {error}") from error
        return mail


def _content_type(value: str) -> tuple[tuple[str, str], dict[str, str]]:
    """ "text/calendar; method=PUBLISH" -> (("text", "calendar"), {"method": "PUBLISH"})."""
    kind, *rest = (part.strip() for part in value.split(";"))
    main, _, sub = kind.partition("/")
    parameters = dict(part.partition("=")[::2] for part in rest if part)
    return (main, sub or "octet-stream"), parameters


def _judge(code: int, message: str) -> MessageRefused | MessengerUnavailable:
    """Replies of 500 and above are final, after RFC 5321 section 4.2.1; 4xx asks to come back."""
    return MessageRefused(message) if code in FINAL_REPLIES else MessengerUnavailable(message)
