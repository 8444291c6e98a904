"""The initiator's password as M-Pesa wants it: encrypted with the public key of its certificate."""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate


def public_key(certificate: str) -> RSAPublicKey:
    """The key of a certificate in PEM, or in base64 without the frame. Raises ValueError."""
    try:
        if "-----BEGIN" in certificate:
            key = load_pem_x509_certificate(certificate.encode()).public_key()
        else:
            key = load_der_x509_certificate(base64.b64decode("".join(certificate.split()), validate=True)).public_key()
    except (ValueError, binascii.Error) as error:
        raise ValueError("certificate: neither PEM nor base64 of a certificate") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("certificate: has no RSA key")
    return key


def security_credential(password: str, key: RSAPublicKey | None) -> str:
    """Base64 of RSA PKCS#1 v1.5; without a key only encoded, which M-Pesa itself refuses."""
    secret = password.encode()
    return base64.b64encode(key.encrypt(secret, PKCS1v15()) if key else secret).decode()
