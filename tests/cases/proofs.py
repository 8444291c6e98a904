"""Which tests prove which case, and for whom: read from the tests' own source."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.cases.catalogue import COLUMNS, GATEWAYS
from tests.cases.concerning import concerned, numbers

TESTS = Path(__file__).parents[1]

RIGS = (*GATEWAYS, "sandbox")
SENDS_OUT = ("stripe", "razorpay", "sandbox")
ABOUT: dict[str, tuple[str, ...] | dict[int, tuple[str, ...]]] = {
    "apps/payments/test_accounts.py": ("sandbox",),
    "apps/payments/test_attempts.py": ("sandbox",),
    "apps/payments/test_credits.py": ("transfer",),
    "apps/payments/test_following_up.py": ("sandbox",),
    "apps/payments/test_gateway_events.py": ("sandbox",),
    "apps/payments/test_refunds.py": ("sandbox",),
    "apps/payments/test_snapshots.py": ("transfer",),
    "apps/payments/test_transfers.py": {38: ("mpesa",), 39: ("mpesa",), 40: SENDS_OUT},
    "config/test_gateways.py": RIGS,
    "contract/test_credit_notices.py": ("mpesa",),
    # The contract is for all; its tests about what some providers cannot do are skipped for them.
    "contract/test_payment_provider.py": {
        **dict.fromkeys((15, 16, 17, 22), ("stripe", "razorpay", "sandbox")),
        21: ("stripe", "razorpay", "bkash", "sandbox"),
        40: SENDS_OUT,
        41: RIGS,
    },
    "gateways/test_case_48.py": GATEWAYS,
    "race/test_shared_tokens.py": ("bkash",),
}
"""Who the tests of a file are about, all or case by case, where neither a decorator nor its name says so."""

CLASS = re.compile(r"TestCase(\d+)(?:And(\d+))?(?![\d]|To)")


@dataclass(frozen=True, slots=True)
class Proof:
    number: int
    provider: str
    test: str  # as pytest names it, without its parameters


@cache
def proofs() -> tuple[Proof, ...]:
    found = [
        Proof(number, provider, f"tests/{path.relative_to(TESTS)}::{name}")
        for path in sorted(TESTS.rglob("test_*.py"))
        for name, test in _tests(ast.parse(path.read_text()).body)
        for number in numbers(test.name) or _numbers_of_class(name)
        for provider in _providers(path, test, number)
    ]
    return tuple(sorted(found, key=lambda proof: (proof.number, COLUMNS.index(proof.provider), proof.test)))


def names_of_tests() -> set[str]:
    """Every test there is, as the catalogue names twins: file and function."""
    return {
        f"tests/{path.relative_to(TESTS)}::{test.name}"
        for path in TESTS.rglob("test_*.py")
        for _, test in _tests(ast.parse(path.read_text()).body)
    }


def _tests(body: Sequence[ast.stmt], inside: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{inside}{node.name}::")
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{inside}{node.name}", node


def _numbers_of_class(name: str) -> tuple[int, ...]:
    """Of tests in a class that is about one case, or about two."""
    found = CLASS.match(name)
    return tuple(int(number) for number in found.groups() if number) if found else ()


def _providers(path: Path, test: ast.FunctionDef, number: int) -> tuple[str, ...]:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Name) and decorator.id == "every_provider":
            return concerned(test.name)
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "providers":
            return tuple(ast.literal_eval(argument) for argument in decorator.args)
    about = ABOUT.get(str(path.relative_to(TESTS)))
    if about is None:
        return tuple(column for column in COLUMNS if column in path.stem)
    return about.get(number, ()) if isinstance(about, dict) else about
