"""A lean HTTP client: on a machine that serves and asks at once, what the client costs the server lacks."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Mapping, Sequence

CALM_WITHIN = 60.0


def post_request(path: str, body: bytes, *, token: str, key: str = "") -> bytes:
    return post(path, body, {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})})


def post(path: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole request."""
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def parts_of(request: bytes) -> tuple[str, dict[str, str], bytes]:
    """Path, headers and body of a request that `post` made."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first.split(" ")[1], dict(line.split(": ", 1) for line in lines), body


class Line:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=CALM_WITHIN)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self.socket.sendall(request)
        while (answer := self.read()) is None:
            pass
        return answer

    def read(self) -> tuple[int, bytes] | None:
        """Takes what has come; the answer when it is complete. Raises ConnectionError when the server hangs up."""
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        self._received += more
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        if len(body) < length:
            return None
        self._received = body[length:]
        return int(head.split(b" ", 2)[1]), body[:length]

    def close(self) -> None:
        self.socket.close()


def ask_all_at_once(lines: Sequence[Line], requests: Sequence[bytes]) -> list[tuple[float, int]]:
    """Sends one request on each line, then waits for all answers: (milliseconds, status) of each."""
    waiting = selectors.DefaultSelector()
    began: dict[Line, float] = {}
    answers: list[tuple[float, int]] = []
    for line, request in zip(lines, requests, strict=True):
        began[line] = time.perf_counter()
        line.socket.sendall(request)
        waiting.register(line.socket, selectors.EVENT_READ, line)
    while began:
        ready = waiting.select(CALM_WITHIN)
        if not ready:
            raise TimeoutError(f"{len(began)} requests were not answered")
        for key, _events in ready:
            line: Line = key.data
            answer = line.read()
            if answer is not None:
                answers.append(((time.perf_counter() - began.pop(line)) * 1000, answer[0]))
                waiting.unregister(line.socket)
    waiting.close()
    return answers
