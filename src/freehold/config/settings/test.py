"""The test suite: real PostgreSQL, cheap password hashes."""

from pathlib import Path
from tempfile import TemporaryDirectory

from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build

# Files of a run (mailbox, media) live as long as the process, and no two workers share them.
_home = TemporaryDirectory(prefix="freehold-test-home-")
_env = Environment.load(Mode.TEST, home=Path(_home.name))

# For type checkers, which do not see what `build` sets.
ENV: Environment
SITE_URL: str

globals().update(build(_env))

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
