"""What a person sees while a command works: one line per step, a bar where something is counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn


@dataclass(slots=True)
class Step:
    """One line of work in progress."""

    _progress: Progress
    _task: int

    def count(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total or None)  # type: ignore[arg-type]


@dataclass(slots=True)
class Screen:
    """Prints steps with their times; without a terminal plain lines only, so that logs stay readable."""

    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))

    @contextmanager
    def step(self, title: str, *, counted: bool = False) -> Iterator[Step]:
        started = time.monotonic()
        bar = (BarColumn(bar_width=30), MofNCompleteColumn()) if counted else ()
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            *bar,
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        ) as progress:
            yield Step(progress, progress.add_task(title, total=None))
        self.console.print(f"  [green]ok[/green]  {title} ({time.monotonic() - started:.1f} s)")

    def say(self, text: str) -> None:
        self.console.print(text)

    def note(self, text: str) -> None:
        self.console.print(f"  [yellow]--[/yellow]  {text}")
