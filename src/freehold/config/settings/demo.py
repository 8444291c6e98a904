"""`./freehold demo`: like production, but on 127.0.0.1 without TLS, mail captured, sandbox gateway."""

from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build

_env = Environment.load(Mode.DEMO)

globals().update(build(_env))

ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *_env.allowed_hosts]
# Static files are served from the packages: a demo has no build step.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None
WHITENOISE_MAX_AGE = 300
# Its stays are those that clients of the stays API find without saying where.
OLDER_APIS_COMPANY = _env.older_apis_company or "beacon-stays"
