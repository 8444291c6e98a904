"""The test suite: real PostgreSQL, cheap password hashes."""

import os
from pathlib import Path
from tempfile import gettempdir

from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build

# Files of a run (mailbox, media): no two workers share them. Made at the first use, removed at the run's end.
_env = Environment.load(Mode.TEST, home=Path(gettempdir()) / f"freehold-test-home-{os.getpid()}")

# For type checkers, which do not see what `build` sets.
ENV: Environment
SITE_URL: str
ENCRYPTION_KEYS: list[str]
ADMIN_NEEDS_SECOND_FACTOR: bool
ONLY_LIVE_GATEWAYS: bool
TRUSTED_PROXIES: int
SIGN_IN_FAILURES_EVERYWHERE: str

globals().update(build(_env))

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
