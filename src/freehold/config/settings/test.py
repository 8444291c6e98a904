"""The test suite: real PostgreSQL, cheap password hashes, no pool (tests open and close databases)."""

from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build

_env = Environment.load(Mode.TEST)

globals().update(build(_env, pooled=False))

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
