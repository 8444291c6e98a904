"""Production: TLS in front, hashed static files, nothing simulated, environment checked before anything."""

from freehold.config.env import Environment, Mode
from freehold.config.settings.base import build

_env = Environment.load(Mode.PRODUCTION)

globals().update(build(_env))

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# TLS ends at a proxy, whose number is stated; without one the header could be anyone's.
if _env.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
KNOWN_DEVICE_COOKIE_NAME = "__Host-known_device"
MFA_TRUST_COOKIE_NAME = "__Host-mfa_trusted"
API_ACCESS_COOKIE = "__Host-freehold_access"
API_REFRESH_COOKIE = "__Host-freehold_refresh"
