"""A developer's machine: errors in the browser, a database given by DATABASE_URL or started by the CLI."""

from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build

_env = Environment.load(Mode.DEV)

globals().update(build(_env))

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *_env.allowed_hosts]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
