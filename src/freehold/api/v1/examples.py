"""What people send and get when they sign in and look after their account, as the API's documentation shows it.

tests/api/test_identity_examples.py holds that each such operation shows what it takes and what it gives, and that the
examples fit the serializers.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample

TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBl...fQ.Yk3"  # noqa: S105 - nobody's
PENDING = "gAAAAABpIG0x5n8..."
ID = "01981f6e-0000-7000-8000-000000000000"


def taken(name: str, value: Any) -> OpenApiExample:
    """What is sent."""
    return OpenApiExample(name, value, request_only=True)


def given(name: str, value: Any, *, status: int = 200) -> OpenApiExample:
    """What is answered."""
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


def page(value: Any) -> dict[str, Any]:
    """The first and only one of a list with cursors."""
    return {"next": None, "previous": None, "results": [value]}


TOKENS = given("Tokens", {"access": TOKEN, "refresh": TOKEN})

# --- second factors and passkeys; binary values are base64url, as `toJSON()` writes them ---

_CREATED = {
    "id": "AbCdEf0123",
    "rawId": "AbCdEf0123",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0eXBl...", "attestationObject": "o2NmbXRk..."},
}
_ANSWERED = {
    "id": "AbCdEf0123",
    "rawId": "AbCdEf0123",
    "type": "public-key",
    "response": {"clientDataJSON": "eyJ0eXBl...", "authenticatorData": "SZYN5YgO...", "signature": "MEUCIQ..."},
}
_ASK = {"publicKey": {"challenge": "pS9f0cQ2...", "rpId": "stays.example.com", "userVerification": "preferred"}}
_MAKE = {
    "publicKey": {
        "challenge": "pS9f0cQ2...",
        "rp": {"id": "stays.example.com", "name": "stays.example.com"},
        "user": {"id": "AZgfbg...", "name": "ada@example.com", "displayName": "Ada Byron"},
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    }
}
_PASSKEY = {
    "id": 12,
    "type": "webauthn",
    "name": "Phone",
    "created_at": "2027-01-30T09:12:44Z",
    "last_used_at": None,
    "unused_codes": None,
}
_APP = {**_PASSKEY, "id": 11, "type": "totp", "name": "", "last_used_at": "2027-02-01T18:03:10Z"}

PENDING_ONLY = taken("Where it stopped", {"pending_token": PENDING})
PASSKEY_ANSWER = taken("A passkey's answer", {"pending_token": PENDING, "credential": _ANSWERED})
ASK_PASSKEY = given("For navigator.credentials.get", {"options": _ASK})
ASK_ANY_PASSKEY = given("For navigator.credentials.get", {"pending_token": PENDING, "options": _ASK})
MAKE_PASSKEY = given("For navigator.credentials.create", {"options": _MAKE})
PASSWORDLESS = taken("May sign in alone", {"is_passwordless": True})
NEW_PASSKEY = taken("Made", {"name": "Phone", "credential": _CREATED, "is_passwordless": True})
KEPT_PASSKEY = given("Kept", _PASSKEY, status=201)
PASSKEY_NAME = taken("A name", {"name": "Old phone"})
PASSKEY_NAMED = given("Named", {"id": 12, "name": "Old phone"})
FACTORS = given("App and passkey", {"results": [_APP, _PASSKEY]})
APP_SECRET = given(
    "For the app",
    {
        "secret": "JBSWY3DPEHPK3PXP",
        "url": "otpauth://totp/stays.example.com:ada%40example.com?secret=JBSWY3DPEHPK3PXP",
        "svg": "<svg xmlns='http://www.w3.org/2000/svg'>...</svg>",
    },
)
APP_CODE = taken("What the app shows", {"code": "492039"})
_CODES = {"codes": ["5a1c09de", "77f0ab32"]}
CODES = given("Of ten, two are left", _CODES)
NEW_CODES = given("To be kept elsewhere", _CODES, status=201)

# --- oneself ---

_COMPANY = {
    "id": ID,
    "name": "Beacon Hill Stays",
    "slug": "beacon-hill-stays",
    "currency": "USD",
    "time_zone": "America/New_York",
    "role": "host",
    "permissions": ["bookings.view", "properties.edit"],
    "requires_second_factor": False,
    "needs_second_factor": False,
}
_PROFILE = {
    "id": ID,
    "email": "ada@example.com",
    "is_email_verified": True,
    "username": None,
    "phone": "+16175550123",
    "is_phone_verified": True,
    "first_name": "Ada",
    "last_name": "Byron",
    "language": "en",
    "time_zone": "Europe/London",
    "date_of_birth": "1985-12-10",
    "gender": "",
    "avatar_url": None,
    "companies": [_COMPANY],
}
PROFILE = given("Ada", _PROFILE)
PROFILE_CHANGES = taken("Some of it", {"first_name": "Ada", "time_zone": "Europe/London"})
OWN_PHONE = given("Proved", {"phone": "+16175550123", "is_phone_verified": True})
PERSONAL_DATA = given(
    "Shortened",
    {
        "made_at": "2027-02-01T18:03:10+00:00",
        "profile": {"email": "ada@example.com", "first_name": "Ada"},
        "devices": [{"user_agent": "Firefox", "ip": "203.0.113.7", "created_at": "2027-01-30T09:12:44+00:00"}],
        "bookings": [{"reference": "FH-7K2Q9M", "state": "confirmed", "total": "540.00", "currency": "USD"}],
    },
)
RESET_MAILED = given("Always", {"detail": "If there is an account with this address, it gets a mail."}, status=202)

# --- companies and their people ---

_MEMBER = {
    "id": ID,
    "name": "Ada Byron",
    "email": "ada@example.com",
    "role": "staff",
    "has_second_factor": True,
    "created_at": "2027-01-30T09:12:44Z",
}
MY_COMPANIES = given("One", {"results": [_COMPANY]})
ASK_SECOND_FACTOR = taken("From now on", {"requires_second_factor": True})
COMPANY_ASKS = given("It does", {"id": ID, "requires_second_factor": True})
MEMBERS = given("One", {"results": [_MEMBER]})
MEMBER = given("Staff", _MEMBER)

# --- keys, and acting as somebody ---

_KEY = {
    "id": ID,
    "company_id": ID,
    "name": "Calendar server",
    "prefix": "fhk_8k2m0qx4zd",
    "scopes": ["bookings:read"],
    "created_at": "2027-01-30T09:12:44Z",
    "created_by": ID,
    "expires_at": "2027-04-30T09:12:44Z",
    "revoked_at": None,
    "last_used_at": None,
}
KEYS = given("One", page(_KEY))
NEW_KEY = given("Shown once", {**_KEY, "key": "fhk_8k2m0qx4zd.q1Zk..."}, status=201)
SCOPES = given("Shortened", {"bookings:read": ["bookings.view"], "payments:read": ["payments.view"]})
_ACTING = {
    "id": ID,
    "admin_id": ID,
    "user_id": ID,
    "reason": "Ticket 4711: cannot see the booking",
    "started_at": "2027-02-01T18:03:10Z",
    "ends_at": "2027-02-01T18:18:10Z",
    "ended_at": None,
}
IMPERSONATIONS = given("One", page(_ACTING))
IMPERSONATION = given("For a quarter of an hour", {**_ACTING, "access": TOKEN}, status=201)
