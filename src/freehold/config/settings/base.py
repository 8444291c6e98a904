"""What every mode shares. The modules beside this one call `build(env)` and state only their differences.

A function instead of module constants, because every value that differs between installations comes from the
typed environment: there is no second way to set it.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

from corsheaders.defaults import default_headers
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from freehold.config.admin_theme import ADMIN_THEME
from freehold.config.database import database_settings
from freehold.config.env import Environment, Mode
from freehold.config.logging import logging_settings
from freehold.config.reference import reference_settings
from freehold.config.social import sign_in_pages, social_settings

PACKAGE = Path(__file__).resolve().parents[2]

# Bottom up, as the architecture draws them.
ROOMS = (
    "freehold.core",
    "freehold.accounts",
    "freehold.companies",
    "freehold.properties",
    "freehold.pricing",
    "freehold.inventory",
    "freehold.finance",
    "freehold.payments",
    "freehold.bookings",
    "freehold.messaging",
    "freehold.distribution",
    "freehold.reports",
)

# Templates, static files and the addresses that people and programs use.
SURFACES = ("freehold.web.ui", "freehold.web.site", "freehold.web.console", "freehold.api")

LIBRARIES = (
    "unfold.apps.BasicAppConfig",
    "freehold.config.administration.FreeholdAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.apple",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "corsheaders",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "pghistory",
    "pgtrigger",
    # Before the rooms: their tasks register with it while they load.
    "procrastinate.contrib.django",
    "rest_framework",
)

MIDDLEWARE = (
    # First: it counts what all the others answer.
    "freehold.config.metrics.MetricsMiddleware",
    # What follows knows one spelling of each address.
    "freehold.api.compat.aliases.AliasMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "freehold.config.refusals.BlockedAddressMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "freehold.accounts.middleware.DevicesMiddleware",
    # Who and where, for the audit trail that database triggers write.
    "pghistory.middleware.HistoryMiddleware",
    # Last: what stands above sees the administrator, whose session it is, and the view sees who they act as.
    "freehold.config.impersonation.ImpersonationMiddleware",
)


def build(env: Environment) -> dict[str, Any]:
    """All settings for `env`, except what the module of its mode says otherwise."""
    return {
        **_frame(env),
        **_database(env),
        **_people(env),
        **_factors(env),
        **social_settings(env),
        **_browser_security(env),
        **_files(env),
        **_api(env),
        **_operations(env),
    }


def _frame(env: Environment) -> dict[str, Any]:
    loaders: list[Any] = [
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
    ]
    return {
        "ENV": env,
        "SECRET_KEY": env.secret_key.get_secret_value(),
        "DEBUG": env.debug,
        "SITE_URL": env.site_url,
        "ALLOWED_HOSTS": [*env.allowed_hosts],
        # Surfaces first: their templates replace those of the libraries.
        "INSTALLED_APPS": [*SURFACES, *LIBRARIES, *ROOMS, "freehold.config"],
        "MIDDLEWARE": [*MIDDLEWARE],
        "ROOT_URLCONF": "freehold.config.urls",
        "WSGI_APPLICATION": "freehold.config.wsgi.application",
        "ASGI_APPLICATION": "freehold.config.asgi.application",
        "TEMPLATES": [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [],
                "OPTIONS": {
                    "loaders": loaders if env.debug else [("django.template.loaders.cached.Loader", loaders)],
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.template.context_processors.csp",
                        "django.template.context_processors.i18n",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                        "freehold.web.ui.context.viewer",
                    ],
                },
            }
        ],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": True,
        "LANGUAGE_CODE": "en",
        "LANGUAGES": [("en", _("English"))],
        "LOCALE_PATHS": [PACKAGE / "locale"],
        "UNFOLD": ADMIN_THEME,
    }


def _database(env: Environment) -> dict[str, Any]:
    return {
        "DATABASES": {"default": database_settings(env)},
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    }


def _people(env: Environment) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "accounts.User",
        # The first makes new hashes; by the others, passwords that were hashed elsewhere are checked once more.
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
            "django.contrib.auth.hashers.ScryptPasswordHasher",
            "freehold.accounts.hashers.WrappedMD5",
            "freehold.accounts.hashers.WrappedUnsaltedMD5",
            "freehold.accounts.hashers.WrappedSHA1",
            "freehold.accounts.hashers.WrappedUnsaltedSHA1",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
            {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
            {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
        ],
        "AUTHENTICATION_BACKENDS": ["freehold.accounts.backends.AccountBackend"],
        "PASSWORD_RESET_TIMEOUT": int(timedelta(hours=2).total_seconds()),
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "/",
        "LOGOUT_REDIRECT_URL": "/",
        "TRUSTED_PROXIES": env.trusted_proxies,
        "ALLAUTH_TRUSTED_PROXY_COUNT": env.trusted_proxies,
        "SIGN_IN_FAILURES_EVERYWHERE": env.sign_in_failures,
        "KNOWN_DEVICE_COOKIE_NAME": "known_device",
        "ACCOUNT_ADAPTER": "freehold.accounts.adapter.AccountAdapter",
        "ACCOUNT_FORMS": {
            "login": "freehold.accounts.forms.LoginForm",
            "signup": "freehold.accounts.forms.SignupForm",
            "reset_password": "freehold.accounts.forms.ResetPasswordForm",
        },
        "ACCOUNT_LOGIN_METHODS": {"email", "username", "phone"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        # An unverified address may sign in and pay; what needs a verified one asks for it.
        "ACCOUNT_EMAIL_VERIFICATION": "optional",
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_PRESERVE_USERNAME_CASING": False,
        "ACCOUNT_USERNAME_MIN_LENGTH": 3,
        "ACCOUNT_SESSION_REMEMBER": True,
        "ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE": False,
        # Guesses and mails are counted exactly by the adapter; these only slow a single address down.
        "ACCOUNT_RATE_LIMITS": {
            "login": "300/m/ip",
            "signup": "120/m/ip",
            "reset_password": "30/m/ip",
            "login_failed": None,
        },
        "HEADLESS_TOKEN_STRATEGY": "freehold.accounts.tokens.TokenStrategy",
        "SESSION_ENGINE": "freehold.accounts.session_store",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": int(timedelta(days=30).total_seconds()),
        "CSRF_COOKIE_SAMESITE": "Lax",
        "MAILERS": {"default": {"BACKEND": "freehold.config.mail.RefusingBackend"}},
    }


def _factors(env: Environment) -> dict[str, Any]:
    """A second factor: authenticator apps, passkeys and recovery codes."""
    return {
        # The first writes. The secret key comes last, so that what was written before keys were set stays readable.
        "ENCRYPTION_KEYS": [
            *(key.get_secret_value() for key in env.encryption_keys),
            env.secret_key.get_secret_value(),
        ],
        "MFA_ADAPTER": "freehold.accounts.factor_adapter.FactorAdapter",
        "MFA_FORMS": {
            "authenticate": "freehold.accounts.factor_forms.AuthenticateForm",
            "reauthenticate": "freehold.accounts.factor_forms.ReauthenticateForm",
            "activate_totp": "freehold.accounts.factor_forms.ActivateTOTPForm",
            "add_webauthn": "freehold.accounts.factor_forms.AddWebAuthnForm",
            "edit_webauthn": "freehold.accounts.factor_forms.EditWebAuthnForm",
            "authenticate_webauthn": "freehold.accounts.factor_forms.AuthenticateWebAuthnForm",
            "reauthenticate_webauthn": "freehold.accounts.factor_forms.ReauthenticateWebAuthnForm",
            "login_webauthn": "freehold.accounts.factor_forms.LoginWebAuthnForm",
        },
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        # A phone's clock may be half a minute off.
        "MFA_TOTP_TOLERANCE": 1,
        "MFA_TRUST_ENABLED": True,
        "MFA_TRUST_COOKIE_AGE": timedelta(days=30),
        # Browsers offer passkeys over TLS, and on localhost for those who develop.
        "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN": not env.is_production,
        "MFA_RATE_LIMITS": {"webauthn_login": "60/m/ip"},
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": int(timedelta(minutes=5).total_seconds()),
        "ADMIN_NEEDS_SECOND_FACTOR": env.is_production,
        "ONLY_LIVE_GATEWAYS": env.is_production,
    }


def _browser_security(env: Environment) -> dict[str, Any]:
    tiles = [_origin(env.tile_url)] if env.tile_url else []
    return {
        "SECURE_CSP": {
            "default-src": [CSP.SELF],
            "script-src": [CSP.SELF, CSP.NONCE],
            "style-src": [CSP.SELF, CSP.NONCE],
            "img-src": [CSP.SELF, "data:", "blob:", *tiles],
            "connect-src": [CSP.SELF, *tiles],
            "worker-src": [CSP.SELF, "blob:"],
            "object-src": [CSP.NONE],
            "base-uri": [CSP.NONE],
            "form-action": [CSP.SELF, *sign_in_pages(env)],
            "frame-ancestors": [CSP.NONE],
        },
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        # Pages of other origins speak with bearer tokens: no browser adds those by itself, as it adds cookies.
        "CORS_ALLOWED_ORIGINS": [*env.cors_origins],
        "CORS_ALLOW_CREDENTIALS": False,
        "CORS_URLS_REGEX": r"^/api/",
        "CORS_ALLOW_HEADERS": [*default_headers, "idempotency-key", "if-match", "if-none-match"],
        "CORS_EXPOSE_HEADERS": ["etag", "location", "retry-after"],
        "CSRF_FAILURE_VIEW": "freehold.config.refusals.csrf_failure",
        "CSRF_TRUSTED_ORIGINS": [env.site_url],
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 5 * 1024 * 1024,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 500,
    }


def _origin(url: str) -> str:
    scheme, _separator, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def _files(env: Environment) -> dict[str, Any]:
    return {
        "STATIC_URL": "/static/",
        "STATIC_ROOT": env.home / "static",
        "MEDIA_URL": "/media/",
        "MEDIA_ROOT": env.home / "media",
        "FILE_UPLOAD_PERMISSIONS": 0o600,
    }


def _api(env: Environment) -> dict[str, Any]:
    return {
        "REST_FRAMEWORK": {
            "DEFAULT_PERMISSION_CLASSES": ["freehold.api.permissions.DenyAll"],
            "DEFAULT_AUTHENTICATION_CLASSES": [
                "freehold.api.authentication.BearerAuthentication",
                "freehold.api.authentication.CookieAuthentication",
                "freehold.api.key_authentication.ApiKeyAuthentication",
                "rest_framework.authentication.SessionAuthentication",
            ],
            "DEFAULT_RENDERER_CLASSES": ["freehold.api.json.JSONRenderer"],
            "DEFAULT_PARSER_CLASSES": ["freehold.api.json.JSONParser"],
            "DEFAULT_PAGINATION_CLASS": "freehold.api.pagination.CursorPagination",
            "DEFAULT_SCHEMA_CLASS": "freehold.api.schema.AutoSchema",
            "DEFAULT_THROTTLE_CLASSES": ["freehold.api.throttling.ApiThrottle"],
            "DEFAULT_VERSIONING_CLASS": None,
            "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
            "URL_FORMAT_OVERRIDE": None,
            "TEST_REQUEST_DEFAULT_FORMAT": "json",
        },
        "DRF_STANDARDIZED_ERRORS": {
            "EXCEPTION_HANDLER_CLASS": "freehold.api.errors.ExceptionHandler",
            "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
        },
        # Per person or key, or per address for somebody who is not signed in. Sixty bookings in a second are a busy
        # reception, not an attack.
        "API_RATE_LIMITS": {
            "anonymous_read": "6000/60s",
            "read": "6000/60s",
            "write": "600/60s",
            "search": "3000/60s",
            "hold": "600/60s",
            "sign_in": "300/60s",
            "register": "120/60s",
            "password_reset": "30/60s",
            "factor": "60/60s",
            "phone_code": "120/60s",
            **env.rate_limits,
        },
        "SPECTACULAR_SETTINGS": reference_settings(),
        "OLDER_APIS_COMPANY": env.older_apis_company,
        "API_ACCESS_COOKIE": "freehold_access",
        "API_REFRESH_COOKIE": "freehold_refresh",
        "SIMPLE_JWT": {
            "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.access_token_minutes),
            "REFRESH_TOKEN_LIFETIME": timedelta(hours=env.refresh_token_hours),
            # The one algorithm that is written and read: what a token's own header says is not followed.
            "ALGORITHM": "HS256",
            # Seconds by which the clocks of our servers may differ.
            "LEEWAY": 5,
            # A key of its own: nothing else that is signed with the secret is ever a token.
            "SIGNING_KEY": hashlib.sha256(f"api tokens {env.secret_key.get_secret_value()}".encode()).hexdigest(),
            "ISSUER": env.site_url,
            "AUDIENCE": "freehold-api",
            "USER_ID_CLAIM": "sub",
            "UPDATE_LAST_LOGIN": False,
        },
    }


def _operations(env: Environment) -> dict[str, Any]:
    human = env.mode in {Mode.DEV, Mode.TEST, Mode.DEMO}
    return {
        "LOGGING": logging_settings(log_format=env.log_format or ("console" if human else "json"), level=env.log_level),
        "DJANGO_STRUCTLOG_IP_LOGGING_ENABLED": False,
        "DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL": logging.DEBUG,
        "PROCRASTINATE_AUTODISCOVER_MODULE_NAME": "tasks",
        "PROCRASTINATE_WORKER_DEFAULTS": {
            "delete_jobs": "successful",
            "update_heartbeat_interval": 5.0,
            "stalled_worker_timeout": 20.0,
            "shutdown_graceful_timeout": 2.0,
        },
        "TEST_RUNNER": "django.test.runner.DiscoverRunner",
    }
