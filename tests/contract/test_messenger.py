"""What every messenger must do: one suite, run on the capturing mailbox and on SMTP over real sockets."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.adapters.messaging.smtp import SmtpMessenger, SmtpSettings
from freehold.ports.messenger import Attachment, Message, MessageRefused, Messenger, MessengerUnavailable
from tests.contract.smtp_server import SmtpServer
from tests.simulators.sandbox_process import SOURCE, free_port

INVITATION = Attachment("stay.ics", "text/calendar; method=PUBLISH", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
PDF = Attachment("Rechnung für Zoë.pdf", "application/pdf", bytes(range(256)) * 50)
MAIL = Message(
    channel="email",
    to="guest@example.com",
    subject="Your stay FH-7K2Q9M is confirmed ✓",
    text="Hello Zoë,\n\nsee you soon.\n.\nA line that begins with a dot above.\n",
    html="<p>Hello Zoë</p>",
    attachments=(INVITATION, PDF),
    dedupe_key="booking-confirmed:1",
)

type Sent = Callable[[], list[Message]]


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    server = SmtpServer()
    yield server
    server.stop()


def smtp(port: int, **changes: Any) -> SmtpMessenger:
    changes = {"sender": "Freehold <stays@example.com>", "security": "none", "timeout_s": 2, **changes}
    return SmtpMessenger(SmtpSettings(host="127.0.0.1", port=port, **changes))


@pytest.fixture(params=["captured", "smtp"])
def pair(request: pytest.FixtureRequest, tmp_path: Path, server: SmtpServer) -> tuple[Messenger, Sent]:
    """A messenger, and the messages that came out at its other end."""
    if request.param == "captured":
        captured = CapturedMessenger(tmp_path / "mailbox")
        return captured, lambda: [kept.message for kept in reversed(captured.messages())]
    return smtp(server.port), lambda: [as_message(*received) for received in server.received]


def as_message(recipient: str, mail: EmailMessage) -> Message:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    return Message(
        channel="email",
        to=recipient,
        subject=str(mail["Subject"]),
        text=unix(str(plain.get_content())),
        html="" if html is None else str(html.get_content()).strip(),
        attachments=tuple(as_attachment(cast(EmailMessage, part)) for part in mail.iter_attachments()),
        dedupe_key=MAIL.dedupe_key,
    )


def as_attachment(part: EmailMessage) -> Attachment:
    parameters = "".join(
        f"; {name}={value}" for name, value in part["Content-Type"].params.items() if name != "charset"
    )
    content = cast(bytes, part.get_payload(decode=True))
    return Attachment(part.get_filename() or "", part.get_content_type() + parameters, content)


def unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def test_a_mail_arrives_whole(pair: tuple[Messenger, Sent]) -> None:
    messenger, sent = pair
    messenger.send(MAIL)
    assert sent() == [MAIL]


def test_a_mail_may_be_text_only(pair: tuple[Messenger, Sent]) -> None:
    messenger, sent = pair
    plain = replace(MAIL, html="", attachments=())
    messenger.send(plain)
    assert sent() == [plain]


def test_different_messages_all_arrive_in_order(pair: tuple[Messenger, Sent]) -> None:
    messenger, sent = pair
    for number in range(5):
        messenger.send(replace(MAIL, subject=f"Mail {number}", dedupe_key=f"mail:{number}", attachments=()))
    assert [message.subject for message in sent()] == [f"Mail {number}" for number in range(5)]


def test_many_may_send_at_once(pair: tuple[Messenger, Sent]) -> None:
    messenger, sent = pair
    mails = [replace(MAIL, dedupe_key=f"mail:{number}", attachments=()) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(messenger.send, mails))
    assert len(sent()) == 20


# --- the captured mailbox -----------------------------------------------------------------------------------


@pytest.fixture
def mailbox(tmp_path: Path) -> CapturedMessenger:
    return CapturedMessenger(tmp_path / "mailbox")


def test_an_unused_mailbox_is_empty(mailbox: CapturedMessenger) -> None:
    assert mailbox.messages() == []


def test_captured_messages_are_listed_newest_first_with_their_time(mailbox: CapturedMessenger) -> None:
    before = datetime.now(UTC)
    for number in range(50):
        mailbox.send(replace(MAIL, subject=str(number), dedupe_key=str(number)))
    kept = mailbox.messages()
    assert [int(one.message.subject) for one in kept] == list(range(49, -1, -1))
    assert before <= kept[-1].sent_at <= kept[0].sent_at <= datetime.now(UTC)
    assert [one.message.subject for one in mailbox.messages(limit=2)] == ["49", "48"]
    assert mailbox.messages(limit=-1) == []


def test_a_message_that_is_handed_over_again_is_kept_once(mailbox: CapturedMessenger) -> None:
    mailbox.send(MAIL)
    mailbox.send(replace(MAIL, subject="Written anew"))
    assert [kept.message for kept in mailbox.messages()] == [MAIL]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(mailbox.send, [replace(MAIL, dedupe_key="other")] * 16))
    assert len(mailbox.messages()) == 2


def test_an_sms_is_captured_too(mailbox: CapturedMessenger) -> None:
    sms = Message(channel="sms", to="+16175550123", subject="", text="Code 123456", dedupe_key="otp:1")
    mailbox.send(sms)
    assert [kept.message for kept in mailbox.messages()] == [sms]


def test_only_the_owner_of_the_home_may_read_captured_messages(mailbox: CapturedMessenger, tmp_path: Path) -> None:
    mailbox.send(MAIL)
    folder = tmp_path / "mailbox"
    assert [path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())] == [0, 0]


def test_no_key_leads_out_of_the_folder(mailbox: CapturedMessenger, tmp_path: Path) -> None:
    mailbox.send(replace(MAIL, dedupe_key="../../escape\x00/x"))
    assert [path.name for path in tmp_path.iterdir()] == ["mailbox"]
    assert len(mailbox.messages()) == 1


def test_a_killed_sender_leaves_whole_messages_only(tmp_path: Path) -> None:
    """A process that writes without end is killed in the middle of it."""
    folder = tmp_path / "mailbox"
    program = (
        "import itertools, pathlib, sys\n"
        "from freehold.adapters.messaging.captured import CapturedMessenger\n"
        "from freehold.ports.messenger import Message\n"
        "box = CapturedMessenger(pathlib.Path(sys.argv[1]))\n"
        "for n in itertools.count():\n"
        "    box.send(Message(channel='email', to='a@b.c', subject='s', text='x' * 200_000, dedupe_key=str(n)))\n"
        "    print(n, flush=True)\n"
    )
    command = [sys.executable, "-c", program, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
        assert writer.stdout is not None
        for _ in range(20):
            writer.stdout.readline()
        writer.kill()
    kept = CapturedMessenger(folder).messages()
    assert len(kept) >= 20
    assert all(len(one.message.text) == 200_000 for one in kept)


# --- SMTP ---------------------------------------------------------------------------------------------------


def test_a_mail_that_is_sent_again_has_the_same_message_id(server: SmtpServer) -> None:
    for key in ("one", "one", "two"):
        smtp(server.port).send(replace(MAIL, dedupe_key=key))
    identities = [mail["Message-ID"] for _, mail in server.received]
    assert identities[0] == identities[1] != identities[2]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "guest@example.com\r\nBcc: everyone@example.com"},
        {"subject": "Hello\r\nBcc: everyone@example.com"},
        {"channel": "sms", "to": "+16175550123"},
        {"attachments": (Attachment("x", "nonsense\r\nX: y", b""),)},
    ],
)
def test_what_cannot_be_a_mail_is_refused(server: SmtpServer, change: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused):
        smtp(server.port).send(replace(MAIL, **change))
    assert server.received == []


@pytest.mark.parametrize(
    ("recipient_reply", "data_reply", "error"),
    [
        ("550 no such user", "250 OK", MessageRefused),
        ("450 try later", "250 OK", MessengerUnavailable),
        ("250 OK", "554 spam", MessageRefused),
        ("250 OK", "451 disk full", MessengerUnavailable),
    ],
)
def test_final_refusals_and_passing_trouble_are_told_apart(
    server: SmtpServer, recipient_reply: str, data_reply: str, error: type[Exception]
) -> None:
    server.recipient_reply, server.data_reply = recipient_reply, data_reply
    with pytest.raises(error):
        smtp(server.port).send(MAIL)


def test_a_mail_server_that_is_away_is_passing_trouble() -> None:
    with pytest.raises(MessengerUnavailable):
        smtp(free_port()).send(MAIL)


def test_a_server_without_encryption_is_passing_trouble_when_encryption_is_asked_for(server: SmtpServer) -> None:
    with pytest.raises(MessengerUnavailable):
        smtp(server.port, security="starttls").send(MAIL)
    assert server.received == []


def test_a_password_never_travels_unencrypted() -> None:
    with pytest.raises(ValueError, match="unencrypted"):
        smtp(25, username="u", password="p")
