"""Google's and Apple's sign-in, as far as we talk to them: a process of its own with keys of its own.

    python -m tests.support.openid_provider PORT

Whom it signs in, and what it says of them, is planned by `POST /control/plan`. Google's half answers by redirect and
insists on PKCE; Apple's answers by a form that the browser posts, and wants a client secret signed with ES256.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

GOOGLE, APPLE = "https://accounts.google.com", "https://appleid.apple.com"
CLIENT_ID, CLIENT_SECRET = "our-site.apps.example", "google-secret"
SERVICE_ID, TEAM_ID, KEY_ID = "com.example.site", "TEAM123456", "KEY1234567"
KID = "2026-11"


class Books:
    """What the provider knows. `plan` is added to the claims of whoever signs in next; a None takes a claim away."""

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plan: ClassVar[dict[str, Any]] = {}
    codes: ClassVar[dict[str, dict[str, Any]]] = {}

    @classmethod
    def id_token(cls, *, issuer: str, audience: str) -> str:
        now = int(time.time())
        claims = {"iss": issuer, "aud": audience, "sub": "1049", "iat": now, "exp": now + 600}
        claims |= {"email": "ada@example.com", "email_verified": True, "given_name": "Ada", "family_name": "Byron"}
        claims |= cls.plan.get("claims", {})
        told = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(told, cls.key, algorithm="RS256", headers={"kid": KID})

    @classmethod
    def certificate(cls) -> str:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provider")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(name, name, cls.key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(cls.key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.PEM).decode()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if url.path == "/google/certs":
            return self._json({KID: Books.certificate()})
        if url.path == "/apple/keys":
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(Books.key.public_key()))
            return self._json({"keys": [{**jwk, "kid": KID, "use": "sig", "alg": "RS256"}]})
        if url.path == "/google/auth":
            return self._google_page(query)
        if url.path == "/apple/auth":
            return self._apple_page(query)
        return self._json({}, 404 if url.path != "/healthz" else 200)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/control/plan":
            Books.plan.clear()
            Books.plan.update(json.loads(body))
            return self._json({})
        if self.path == "/control/id-token":
            return self._json({"id_token": Books.id_token(**json.loads(body))})
        form = dict(parse_qsl(body))
        if self.path == "/google/token":
            return self._token(form, GOOGLE, CLIENT_ID, is_client=form.get("client_secret") == CLIENT_SECRET)
        if self.path == "/apple/token":
            return self._token(form, APPLE, SERVICE_ID, is_client=_signed_by_team(form.get("client_secret", "")))
        return self._json({}, 404)

    def _google_page(self, query: dict[str, str]) -> None:
        if query.get("client_id") != CLIENT_ID or query.get("code_challenge_method") != "S256":
            return self._json({"error": "invalid_request"}, 400)
        answer = {"error": "access_denied"} if Books.plan.get("cancels") else {"code": self._code(query)}
        self.send_response(302)
        self.send_header("Location", f"{query['redirect_uri']}?{urlencode({**answer, 'state': query['state']})}")
        return self.end_headers()

    def _apple_page(self, query: dict[str, str]) -> None:
        """The fields that the browser is to post, and where."""
        if query.get("client_id") != SERVICE_ID or query.get("response_mode") != "form_post":
            return self._json({"error": "invalid_request"}, 400)
        user = Books.plan.get("user", {"name": {"firstName": "Ada", "lastName": "Byron"}})
        fields = {"code": self._code(query), "state": query["state"], "user": json.dumps(user)}
        return self._json({"action": query["redirect_uri"], "fields": fields})

    def _code(self, query: dict[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        Books.codes[code] = query
        return code

    def _token(self, form: dict[str, str], issuer: str, audience: str, *, is_client: bool) -> None:
        asked = Books.codes.pop(form.get("code", ""), None)
        if not is_client or asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return self._json({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if asked.get("code_challenge") not in {None, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}:
            return self._json({"error": "invalid_grant"}, 400)
        return self._json(
            {
                "access_token": "ya29.provider-secret",
                "refresh_token": "1//provider-secret",
                "expires_in": 3599,
                "token_type": "Bearer",
                "id_token": Books.id_token(issuer=issuer, audience=audience),
            }
        )

    def _json(self, facts: dict[str, Any], status: int = 200) -> None:
        content = json.dumps(facts).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _signed_by_team(secret: str) -> bool:
    """The signature is looked at where the key is known: in the test that made it."""
    try:
        header = jwt.get_unverified_header(secret)
        claims = jwt.decode(secret, options={"verify_signature": False}, audience=APPLE)
    except jwt.PyJWTError:
        return False
    return header["alg"] == "ES256" and header["kid"] == KEY_ID and claims["iss"] == TEAM_ID


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
