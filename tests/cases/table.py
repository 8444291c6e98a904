"""docs/payment-cases.md, for people: `python -m tests.cases.table` writes it anew."""

from collections import defaultdict
from pathlib import Path

from tests.cases.catalogue import BY_NUMBER, CASES, COLUMNS, GATEWAYS, Case

PAGE = Path(__file__).parents[2] / "docs" / "payment-cases.md"

HEADS = {"stripe": "Stripe", "razorpay": "Razorpay", "bkash": "bKash", "mpesa": "M-Pesa"}
HEADS |= {"transfer": "Transfer", "sandbox": "Sandbox"}

INTRODUCTION = """# How payments go wrong, and what keeps that from doing harm

48 cases. Each has tests of its name (`./freehold test -k case_27`) for every provider that it concerns, marked with a
dot here; a dash leads to the reason below the case. *Transfer* stands for transfers and banks' credit notices,
*Sandbox* for the gateway of development. This page is written by `python -m tests.cases.table` from
`tests/cases/catalogue.py`; tests keep both true.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *_overview(), "", "## Case by case", *(_story(case) for case in CASES)]) + "\n"


def _overview() -> list[str]:
    heads = ["", "Case", *(HEADS[column] for column in COLUMNS)]
    rows = [_row(heads), _row(["---:", ":---", *(":---:" for _ in COLUMNS)])]
    for case in CASES:
        cells = [_cell(case, column) for column in COLUMNS]
        rows.append(_row([str(case.number), f"{case.title}: {case.holds}", *cells]))
    return rows


def _cell(case: Case, column: str) -> str:
    if column in case.concerns:
        return "●"
    return "–" if column in GATEWAYS else ""


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _story(case: Case) -> str:
    lines = [f"\n### {case.number}. {case.title}\n", f"Must hold: {case.holds}.\n", f"- Kept by: {case.guard}."]
    lines.append(f"- Control: {_control(case)}.")
    reasons: dict[str, list[str]] = defaultdict(list)
    for slug, reason in case.why_not.items():
        reasons[reason].append(HEADS[slug])
    lines += [f"- Not {' or '.join(slugs)}: {reason}." for reason, slugs in reasons.items()]
    return "\n".join(lines)


def _control(case: Case) -> str:
    return f"`{case.control}`" if case.control.startswith("tests/") else case.control


if __name__ == "__main__":
    assert set(BY_NUMBER) == set(range(1, 49))
    PAGE.write_text(page())
