"""Open a source file for streaming, whatever it is packed in."""

import csv
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from freehold.distribution.airbnb.records import UnreadableSource

# Amenity lists and host texts pass csv's default of 128 KiB in some cities.
csv.field_size_limit(4 * 1024 * 1024)

_OPENERS: dict[str, Callable[..., TextIO]] = {".gz": gzip.open, ".xz": lzma.open}


@contextmanager
def open_text(path: Path) -> Iterator[TextIO]:
    """UTF-8 text of a .csv, .csv.gz or .csv.xz file; a byte order mark is dropped, broken bytes are replaced.

    UnreadableSource when it turns out while reading that the file is cut off, packed in another way, or no CSV.
    """
    opener: Callable[..., TextIO] = _OPENERS.get(path.suffix, open)
    try:
        with opener(path, "rt", encoding="utf-8-sig", errors="replace", newline="") as stream:
            yield stream
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError) as error:
        raise UnreadableSource(f"{path.name} is damaged or cut off: {error}") from error
    except csv.Error as error:
        raise UnreadableSource(f"{path.name} cannot be read as CSV: {error}") from error


def require_columns(header: list[str], required: tuple[str, ...], *, kind: str) -> None:
    """UnreadableSource naming every missing column."""
    missing = [name for name in required if name not in header]
    if missing:
        raise UnreadableSource(f"This is no {kind} file: the columns {', '.join(missing)} are missing.")
