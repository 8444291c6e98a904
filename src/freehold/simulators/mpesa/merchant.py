"""Whose shortcode it is, and the key that its initiator's password is encrypted for."""

import base64
import binascii
import hmac
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

PREFIX = "FREEHOLD_MPESA_"


@dataclass(frozen=True, slots=True)
class Merchant:
    shortcode: str
    consumer_key: str
    consumer_secret: str
    passkey: str
    initiator: str
    initiator_password: str
    control_key: str

    @classmethod
    def from_environment(cls) -> "Merchant":
        usual = {
            "shortcode": "174379",
            "consumer_key": "mpesa_key",
            "consumer_secret": "mpesa_secret",
            "passkey": "mpesa_passkey",
            "initiator": "testapi",
            "initiator_password": "mpesa_initiator",
            "control_key": "mpesa_control",
        }
        return cls(**{name: os.environ.get(f"{PREFIX}{name.upper()}") or value for name, value in usual.items()})

    def knows_login(self, authorization: str) -> bool:
        wanted = base64.b64encode(f"{self.consumer_key}:{self.consumer_secret}".encode()).decode()
        return hmac.compare_digest(authorization.removeprefix("Basic ").encode(), wanted.encode())

    def knows_password(self, password: str, timestamp: str) -> bool:
        wanted = base64.b64encode(f"{self.shortcode}{self.passkey}{timestamp}".encode())
        return hmac.compare_digest(password.encode(), wanted)


class Vault:
    """The private key, kept in the simulator's folder from its first start on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "key.pem"
        if not self._path.exists():
            self._make(folder)
        key = serialization.load_pem_private_key(self._path.read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key
        self.certificate = (folder / "certificate.pem").read_text()

    def _make(self, folder: Path) -> None:
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "M-Pesa simulator")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - timedelta(days=1))
            .not_valid_after(datetime.now(UTC) + timedelta(days=3650))
            .sign(key, SHA256())
        )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self._path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )

    def opens(self, credential: str, password: str) -> bool:
        """Whether this is the initiator's password: encrypted, or only encoded, for those without a certificate."""
        try:
            sealed = base64.b64decode(credential, validate=True)
        except (ValueError, binascii.Error):
            return False
        if hmac.compare_digest(sealed, password.encode()):
            return True
        try:
            return hmac.compare_digest(self._key.decrypt(sealed, PKCS1v15()), password.encode())
        except ValueError:
            return False
