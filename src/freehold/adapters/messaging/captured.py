"""Keeps every message as one JSON file in a folder instead of sending it: the mailbox of demo, dev and tests.

A file appears whole or not at all, under a name that its dedupe key decides: web, worker and tests may write at the
same time, and a message that is handed over twice is kept once.
"""

import base64
import hashlib
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from freehold.ports.messenger import Attachment, CapturedMessage, Message

LARGEST_PAGE = 1000


class CapturedMessenger:
    """Implements Messenger and Mailbox. The folder is made when the first message comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sent_ns = time.time_ns()
        text = json.dumps(_to_json(message, sent_ns), ensure_ascii=False, indent=1)
        with NamedTemporaryFile("w", dir=self._folder, suffix=".part", delete=False, encoding="utf-8") as part:
            part.write(text)
        try:
            # The listing sorts by this time; the file system's own clock has coarse ticks.
            os.utime(part.name, ns=(sent_ns, sent_ns))
            os.link(part.name, self._path(message))
        except FileExistsError:
            return  # kept before
        finally:
            os.unlink(part.name)

    def messages(self, limit: int = 200) -> list[CapturedMessage]:
        """The latest messages, newest first; at most 1000."""
        if not self._folder.is_dir():
            return []
        with os.scandir(self._folder) as entries:
            found = [(entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.endswith(".json")]
        found.sort(reverse=True)
        return [_from_file(Path(path)) for _, path in found[: min(max(limit, 0), LARGEST_PAGE)]]

    def _path(self, message: Message) -> Path:
        return self._folder / f"{hashlib.sha256(message.dedupe_key.encode()).hexdigest()}.json"


def _to_json(message: Message, sent_ns: int) -> dict[str, object]:
    return {
        "channel": message.channel,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "attachments": [
            {
                "filename": attachment.filename,
                "content_type": attachment.content_type,
                "content": base64.b64encode(attachment.content).decode(),
            }
            for attachment in message.attachments
        ],
        "dedupe_key": message.dedupe_key,
        "sent_at": datetime.fromtimestamp(sent_ns / 1e9, UTC).isoformat(),
    }


def _from_file(path: Path) -> CapturedMessage:
    stored = json.loads(path.read_text(encoding="utf-8"))
    message = Message(
        channel=stored["channel"],
        to=stored["to"],
        subject=stored["subject"],
        text=stored["text"],
        html=stored["html"],
        attachments=tuple(
            Attachment(item["filename"], item["content_type"], base64.b64decode(item["content"]))
            for item in stored["attachments"]
        ),
        dedupe_key=stored["dedupe_key"],
    )
    return CapturedMessage(message=message, sent_at=datetime.fromisoformat(stored["sent_at"]))
