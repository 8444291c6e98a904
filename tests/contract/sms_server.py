"""A small SMS gateway over real HTTP, which keeps what it receives and answers as it is told."""

import json
import threading
import time
from dataclasses import dataclass, field
from email.message import Message as Headers
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Posted:
    path: str
    headers: Headers
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class SmsServer:
    received: list[Posted] = field(default_factory=list)
    status: int = 201
    answer: Any = field(default_factory=lambda: {"sid": "SM1", "status": "queued"})
    silent_s: float = 0.0
    port: int = 0

    def __post_init__(self) -> None:
        keeper = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                keeper.received.append(Posted(self.path, self.headers, body))
                time.sleep(keeper.silent_s)
                text = keeper.answer if isinstance(keeper.answer, str) else json.dumps(keeper.answer)
                self.send_response(keeper.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
