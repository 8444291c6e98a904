"""Pictures that hosts have added, and those of people, as the site itself shows them.

Each was decoded and made again under a name of our own (`properties.services.add_picture`), and such a name is all that
can be asked for: no other file of the storage is reachable here.
"""

from __future__ import annotations

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

OUR_NAME = re.compile(r"[0-9a-f]{32}-[0-9]{1,5}\.webp")
# A changed picture has another name.
FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    if not OUR_NAME.fullmatch(name):
        raise Http404
    try:
        file = default_storage.open(f"pictures/{name}")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, content_type="image/webp", headers={"Cache-Control": FOR_GOOD})
