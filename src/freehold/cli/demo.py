"""`./freehold demo`: the whole of Freehold on 127.0.0.1, in one foreground process tree.

The parent supervises; PostgreSQL, the payment gateways (all of them simulated), the web server and the worker are its
children. Only the parent listens to signals, and nothing outlives it.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import Any

import click

from freehold.cli import guard, practice
from freehold.cli.home import Home, HomeInUse
from freehold.cli.lifeline import start_guard, stop_guard
from freehold.cli.machine import Ports, free_port, is_free, tail, wait_until
from freehold.cli.postgres import Cluster, PostgresFailed
from freehold.cli.prepare import Progress
from freehold.cli.screen import Screen
from freehold.cli.serve import counted_together, web_command
from freehold.cli.simulate import simulators_command
from freehold.cli.supervisor import Interrupted, Service, Supervisor

PACKAGE = Path(__file__).resolve().parents[1]
USUAL_PORT = 8000
PORT_PATIENCE = 6.0
# A crowd that wants the same nights is answered by all processors: one process had the last of 40 wait more than
# twice as long. A few are enough for one machine, and for the connections of its PostgreSQL.
WEB_WORKERS = min(os.cpu_count() or 1, 4)
BLOCKING_THREADS = 8
READY_PATIENCE_ROUNDS = 1800
LOG_LIMIT = 10 * 1024 * 1024
LOGINS = (
    ("Administrator", "admin@example.com", "Admin123!"),
    ("Host", "host@example.com", "Host123!"),
    ("Guest", "guest@example.com", "Guest123!"),
)


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help=f"Port of the site [default: {USUAL_PORT} or the next]")
@click.option("--no-browser", is_flag=True, help="Do not open a browser.")
@click.option("--data", type=click.Choice(["boston", "small"]), default="boston", show_default=True)
def demo(port: int | None, no_browser: bool, data: str) -> None:
    """Run the whole of Freehold here, with demo data and play money. Ctrl-C stops all of it."""
    home = Home.from_environment()
    screen = Screen()
    try:
        with home.locked():
            Demo(home, screen, data).run(port, open_browser=not no_browser)
    except HomeInUse as holder:
        raise click.ClickException(
            f"A Freehold already runs on {home.path} (process {holder}). Stop it first, or use another directory:\n"
            "  FREEHOLD_HOME=/path/to/another ./freehold demo"
        ) from None
    except PostgresFailed as error:
        raise click.ClickException(str(error)) from None


class Demo:
    """One run of the demo on one home."""

    def __init__(self, home: Home, screen: Screen, data: str) -> None:
        self.home = home
        self.screen = screen
        self.data = data
        self.cluster: Cluster = home.cluster()
        self.ports = Ports()
        self.simulators = practice.NAMES if practice.are_wanted(os.environ) else {}
        self.supervisor = Supervisor(report=screen.note)

    def run(self, wanted_port: int | None, *, open_browser: bool) -> None:
        self._choose_ports(wanted_port)
        with self.supervisor.signals():
            try:
                self._start()
                self._welcome(open_browser=open_browser)
                self.supervisor.watch()
            except Interrupted:
                self.screen.say("\nStopping ...")
            finally:
                self.supervisor.stop()
        self.screen.say("Stopped.")

    def _choose_ports(self, wanted: int | None) -> None:
        """The ports of the last time where possible: a server of a killed run may need a moment to end."""
        claim = self.ports.claim
        remembered = self.home.state()
        if wanted and not claim(wanted, PORT_PATIENCE):
            raise click.ClickException(f"Port {wanted} is taken by another program; choose another one with --port.")
        web = wanted or remembered.get("web_port", 0)
        if not wanted and not (web and claim(web, PORT_PATIENCE)):
            web = next(port for port in range(USUAL_PORT, 65536) if claim(port))
        names = ["gateway_port", *map(practice.port_name, self.simulators)]
        self.home.remember(web_port=web, **{name: self._usual_or_free(remembered.get(name, 0)) for name in names})

    def _usual_or_free(self, port: int) -> int:
        is_usable = port and wait_until(lambda: is_free(port), PORT_PATIENCE) and self.ports.claim(port)
        while not is_usable:
            port = free_port()
            is_usable = self.ports.claim(port)
        return port

    def _start(self) -> None:
        for log in (self.home.path / "logs").glob("*.log"):
            if log.stat().st_size > LOG_LIMIT:
                log.replace(log.with_suffix(".log.old"))
        with self.screen.step("PostgreSQL"):
            self.cluster.start()
            assert self.cluster.guard is not None
            self.supervisor.adopt(Service("PostgreSQL", self.cluster.launch), self.cluster.guard)
            self.cluster.forget_workers()
        self.environment = self.home.environment(database_url=self.cluster.url)
        fingerprint = self._fingerprint()
        if self.home.state().get("prepared") == fingerprint:
            self._start_site()
        else:
            self._prepare()
            self.home.remember(prepared=fingerprint)
        with self.screen.step("Site, API and worker"):
            self._wait_until_ready()

    def _start_site(self) -> None:
        self.supervisor.start(Service("gateway", self._launch_gateway, patience=2.5))
        self.supervisor.start(Service("worker", self._launch_worker, patience=4.0))
        self.supervisor.start(Service("web", self._launch_web, patience=4.0))

    def _prepare(self) -> None:
        """Migrate and load in a process of its own; the site starts as soon as its tables are there."""
        progress_file = self.home.path / "run" / "progress.json"
        progress_file.unlink(missing_ok=True)
        log = self.home.path / "logs" / "prepare.log"
        command = ["prepare", "--data", self.data, "--progress", str(progress_file)]
        process = self._freehold("prepare", command, [("SIGTERM", 1.0)])
        try:
            with self.screen.step("Database tables"):
                self._follow(process, progress_file, log, until="data")
            self._start_site()
            with self.screen.step("Demo data", counted=True) as step:
                self._follow(process, progress_file, log, until="done", step=step)
        finally:
            stop_guard(process, 2.0)

    def _follow(self, process: subprocess.Popen[bytes], file: Path, log: Path, *, until: str, step: Any = None) -> None:
        while True:
            ended = process.poll() is not None
            progress = Progress.read(file)
            if progress and progress.step in {until, "done"}:
                return
            if ended:
                raise click.ClickException(f"The database could not be prepared:\n{tail(log, 25)}")
            if progress and step and progress.total:
                step.count(progress.done, progress.total)
            self.supervisor.look()
            self.supervisor.rest(0.1)

    def _launch_gateway(self) -> subprocess.Popen[bytes]:
        """The sandbox and the simulators, whose keys are in the environment of the home. All in one process: each of
        its own would cost as much memory as all of them together."""
        state = self.home.state()
        ports = {practice.SANDBOX: state["gateway_port"]}
        ports |= {name: state[practice.port_name(name)] for name in self.simulators}
        return self._guarded("gateway", simulators_command(ports, home=self.home.path), [("SIGTERM", 1.5)])

    def _launch_worker(self) -> subprocess.Popen[bytes]:
        return self._freehold("worker", ["worker"], [("SIGTERM", 3.0)])

    def _launch_web(self) -> subprocess.Popen[bytes]:
        port = self.home.state()["web_port"]
        command = web_command("127.0.0.1", port, workers=WEB_WORKERS, threads=BLOCKING_THREADS)
        return self._guarded("web", command, [("SIGTERM", 3.0)], **counted_together(self.home.path, port))

    def _freehold(self, name: str, arguments: list[str], stop: list[tuple[str, float]]) -> subprocess.Popen[bytes]:
        return self._guarded(name, [sys.executable, "-m", "freehold", *arguments], stop)

    def _guarded(
        self, name: str, command: list[str], stop: list[tuple[str, float]], **further: str
    ) -> subprocess.Popen[bytes]:
        """`further` variables beside those of the home."""
        return start_guard(
            guard.Spec(
                name=name,
                command=command,
                stop_signals=stop,
                log=str(self.home.path / "logs" / f"{name}.log"),
                pid_file=str(self.home.path / "run" / f"{name}.pid"),
            ),
            environment={**self.environment, **further},
        )

    def _fingerprint(self) -> str:
        """What the state of a prepared database depends on: migrations, libraries and the data's choice."""
        digest = hashlib.sha256(self.data.encode())
        for path in [*sorted(PACKAGE.glob("*/migrations/*.py")), PACKAGE.parents[1] / "uv.lock"]:
            if path.exists():
                digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    def _wait_until_ready(self) -> None:
        answer: dict[str, Any] = {}
        for _ in range(READY_PATIENCE_ROUNDS):
            status, answer = self._ask_readyz()
            if status == 200:
                return
            self.supervisor.look()
            self.supervisor.rest(0.1)
        log = tail(self.home.path / "logs" / "web.log")
        raise click.ClickException(f"The site did not become ready: {json.dumps(answer)}\n{log}")

    def _ask_readyz(self) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.home.state()["web_port"], timeout=5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def _welcome(self, *, open_browser: bool) -> None:
        state = self.home.state()
        site = f"http://127.0.0.1:{state['web_port']}"
        say = self.screen.say
        say("")
        say(f"  Freehold runs at     [bold]{site}/[/bold]")
        say(f"  API and its manual   {site}/api/docs/")
        say(f"  The older APIs       {site}/api/properties/  {site}/api/stay/listings/  (docs/compat.md)")
        say(f"  Captured messages    {site}/dev/mailbox/")
        say(f"  Administration       {site}/admin/")
        say(f"  Sandbox gateway      http://127.0.0.1:{state['gateway_port']}/")
        for simulator, name in self.simulators.items():
            say(f"  {name + ' simulator':<20} {practice.address(state, simulator)}/")
        say("")
        for role, email, password in LOGINS:
            say(f"  {role:<20} {email} / {password}")
        say("  By phone             any number; its code is among the captured messages")
        say("")
        say(f"  Everything is kept in {self.home.path}. Ctrl-C stops all of it.")
        if open_browser and _has_browser():
            webbrowser.open(site)


def _has_browser() -> bool:
    """Whether a graphical browser may open; a text browser would take the terminal."""
    if not sys.stdout.isatty():
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
