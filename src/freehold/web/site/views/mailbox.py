"""What this installation would have sent: only where messages are captured, in demonstrations and development."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from freehold.core import outside
from freehold.core.errors import NotFound
from freehold.ports.messenger import CapturedMessage
from freehold.web.ui.pages import open_page


@require_GET
@never_cache
@open_page
def mailbox(request: HttpRequest) -> HttpResponse:
    return render(request, "site/mailbox.html", {"captured": _captured()})


@require_GET
@never_cache
@open_page
def mailbox_json(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"results": [_as_json(item) for item in _captured()]})


def _captured() -> list[CapturedMessage]:
    box = outside.mailbox()
    if box is None:
        raise NotFound
    return box.messages()


def _as_json(item: CapturedMessage) -> dict[str, Any]:
    message = item.message
    return {
        "channel": message.channel,
        "to": message.to,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "attachments": [{"filename": file.filename, "content_type": file.content_type} for file in message.attachments],
        "sent_at": item.sent_at.isoformat().replace("+00:00", "Z"),
    }
