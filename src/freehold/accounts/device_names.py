"""How people call a device: "Firefox on Linux", out of what it says about itself.

Only words for a list and a mail: what a program says about itself proves nothing, and decides nothing here.
"""

import re

UNKNOWN = "Unknown device"
MAX_NAME = 60

# The first that is found: most browsers name those that they descend from as well.
BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(?:OPR|Opera)/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Vivaldi", re.compile(r"\bVivaldi/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:(?:Headless)?Chrome|CriOS|Chromium)/")),
    ("Safari", re.compile(r"\bSafari/")),
)
SYSTEMS = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Mac", re.compile(r"\bMac(?:intosh| OS X)\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)
# "curl/8.5.0", "python-httpx/0.28", "okhttp/4.12"
PROGRAM = re.compile(r"([A-Za-z][A-Za-z0-9 ._-]*)/")


def device_name(user_agent: str) -> str:
    """Never empty, never longer than MAX_NAME; characters of others' choice are letters, digits and few signs."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser:
        return f"{browser} on {system}" if system else browser
    program = PROGRAM.match(user_agent)
    if program and program[1] != "Mozilla":
        return program[1].strip()[:MAX_NAME]
    return system or UNKNOWN


def _first(words: tuple[tuple[str, re.Pattern[str]], ...], text: str) -> str:
    return next((name for name, pattern in words if pattern.search(text)), "")
