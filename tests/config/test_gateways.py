"""Every provider can be opened for the whole installation, and nothing that takes no real money in production."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from freehold.config import gateways
from freehold.config.env import BadEnvironment, Environment, Mode
from freehold.config.env_gateways import GatewaySettings
from freehold.core import outside

STRIPE = {
    "payment_gateways": "stripe",
    "stripe_secret_key": "sk_test_1",
    "stripe_webhook_secret": "whsec_1",
}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "_gateways", {})
    monkeypatch.setattr(outside, "_connectors", {})


def test_every_field_of_every_provider_has_a_setting() -> None:
    missing = [
        name
        for connector in gateways.CONNECTORS
        for name in [f"{connector.slug}_account", *(f"{connector.slug}_{field.name}" for field in connector.fields)]
        if name not in GatewaySettings.model_fields
    ]
    assert missing == []


def test_no_secret_is_a_plain_setting() -> None:
    env = Environment.load(Mode.TEST, **STRIPE)
    assert "sk_test_1" not in repr(env)
    assert env.gateway_value("stripe", "secret_key") == "sk_test_1"


def test_an_account_of_the_environment_is_opened() -> None:
    gateways.bind_gateways(Environment.load(Mode.TEST, **STRIPE))
    assert outside.payment_gateways()["stripe"].account == "stripe-installation"
    assert set(outside.connectors()) == {connector.slug for connector in gateways.CONNECTORS}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stripe_secret_key": ""}, "FREEHOLD_STRIPE_SECRET_KEY"),
        ({"stripe_secret_key": "sk_live_1"}, "FREEHOLD_STRIPE_"),
        ({"payment_gateways": "stripe,paypal"}, "paypal"),
        ({"payment_gateways": "stripe,razorpay"}, "FREEHOLD_RAZORPAY_KEY_ID"),
    ],
)
def test_what_opens_no_account_keeps_the_system_from_starting(changes: dict[str, str], said: str) -> None:
    with pytest.raises(BadEnvironment, match=said):
        gateways.bind_gateways(Environment.load(Mode.TEST, **{**STRIPE, **changes}))


PRODUCTION = {
    "secret_key": "x" * 60,
    "site_url": "https://stays.example",
    "allowed_hosts": "stays.example",
    "database_url": "postgresql://u:p@db/freehold",
    "mail_url": "smtps://mail.example",
}


@pytest.mark.parametrize("name", ["stripe", "razorpay", "bkash", "mpesa"])
def test_case_46_a_simulator_keeps_production_from_starting(name: str) -> None:
    Environment.load(Mode.PRODUCTION, **PRODUCTION)
    with pytest.raises(BadEnvironment, match=f"FREEHOLD_{name.upper()}_URL"):
        Environment.load(Mode.PRODUCTION, **PRODUCTION, **{f"{name}_url": "http://127.0.0.1:8420"})


RAZORPAY = {
    "payment_gateways": "razorpay",
    "razorpay_key_id": "rzp_live_x1",
    "razorpay_key_secret": "x",
    "razorpay_webhook_secret": "x",
}


def test_in_production_guests_may_be_sent_to_razorpays_own_page_and_to_no_other() -> None:
    page = {"razorpay_checkout_url": "https://api.razorpay.com/v1/checkout/hosted"}
    gateways.bind_gateways(Environment.load(Mode.PRODUCTION, **PRODUCTION, **RAZORPAY, **page))
    assert outside.payment_gateways()["razorpay"].account == "razorpay-installation"
    page = {"razorpay_checkout_url": "http://127.0.0.1:8430/checkout"}
    with pytest.raises(BadEnvironment, match="checkout_url"):
        gateways.bind_gateways(Environment.load(Mode.PRODUCTION, **PRODUCTION, **RAZORPAY, **page))


def test_case_46_in_production_keys_are_those_of_real_money() -> None:
    Environment.load(Mode.PRODUCTION, **PRODUCTION, gateways_live=True)
    with pytest.raises(BadEnvironment, match="FREEHOLD_GATEWAYS_LIVE"):
        Environment.load(Mode.PRODUCTION, **PRODUCTION, gateways_live=False)
    assert Environment.load(Mode.TEST, gateways_live=False).gateways_live is False


def test_case_46_in_production_nobody_connects_the_sandbox() -> None:
    gateways.bind_gateways(Environment.load(Mode.PRODUCTION, **PRODUCTION))
    assert "sandbox" not in outside.connectors()
    with pytest.raises(BadEnvironment, match="takes no real money"):
        Environment.load(Mode.PRODUCTION, **PRODUCTION, payment_gateways="sandbox")


LIVE: dict[str, dict[str, str]] = {
    "stripe": {"secret_key": "sk_live_1", "webhook_secret": "whsec_1"},
    "razorpay": {
        "key_id": "rzp_live_1",
        "key_secret": "s",
        "webhook_secret": "w",
        "checkout_url": "https://pages.razorpay.com/stays",
    },
    "bkash": {"username": "u", "password": "p", "app_key": "k", "app_secret": "s"},
    "mpesa": {
        **{"shortcode": "600638", "consumer_key": "k", "consumer_secret": "s", "passkey": "p"},
        **{"initiator": "i", "initiator_password": "p"},
    },
    "bank_transfer": {"account_holder": "House", "iban": "GB82WEST12345698765432"},
}
OF_TEST_MODE = {
    "stripe": {"secret_key": "sk_test_1"},
    "razorpay": {"key_id": "rzp_test_1"},
    "mpesa": {"certificate": ""},  # with which only a simulator is content
}


def in_production(name: str, **changes: str) -> Environment:
    values = {f"{name}_{field}": value for field, value in {**LIVE[name], **changes}.items()}
    return Environment.load(Mode.PRODUCTION, **PRODUCTION, payment_gateways=name, **values)


@pytest.mark.parametrize("name", sorted(LIVE))
def test_case_46_in_production_an_account_of_real_money_is_opened(name: str, certificate: str) -> None:
    gateways.bind_gateways(in_production(name, **({"certificate": certificate} if name == "mpesa" else {})))
    assert name in outside.payment_gateways()


@pytest.mark.parametrize("name", sorted(OF_TEST_MODE))
def test_case_46_in_production_an_account_of_test_mode_keeps_the_system_from_starting(name: str) -> None:
    with pytest.raises(BadEnvironment, match=f"FREEHOLD_{name.upper()}_"):
        gateways.bind_gateways(in_production(name, **OF_TEST_MODE[name]))


@pytest.fixture(scope="module")
def certificate() -> str:
    """Of nobody: M-Pesa's own comes from its portal."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "apigw.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()
