"""A small SMTP server over real sockets (RFC 5321, the part that a sender needs), which keeps what it receives."""

import socketserver
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class SmtpServer:
    received: list[tuple[str, EmailMessage]] = field(default_factory=list)  # recipient, mail
    recipient_reply: str = "250 OK"
    data_reply: str = "250 OK"
    port: int = 0

    def __post_init__(self) -> None:
        keeper = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 ready")
                recipient = ""
                while line := self.rfile.readline().decode().strip():
                    command = line[:4].upper()
                    if command == "DATA":
                        self.keep(recipient)
                    elif command == "RCPT":
                        recipient = line.partition("<")[2].partition(">")[0]
                        self.say(keeper.recipient_reply)
                    elif command == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 OK")

            def keep(self, recipient: str) -> None:
                self.say("354 go on")
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                if keeper.data_reply.startswith("250"):
                    mail = message_from_bytes(b"".join(lines), policy=default)
                    assert isinstance(mail, EmailMessage)
                    keeper.received.append((recipient, mail))
                self.say(keeper.data_reply)

            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
