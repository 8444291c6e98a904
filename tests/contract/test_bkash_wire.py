"""bKash's four ways of saying no, its amounts and times, and how its tokens are borrowed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from freehold.adapters.payments.bkash import CONNECTOR, BkashProvider, BkashSettings
from freehold.adapters.payments.bkash.translate import invoice_number, moment, money, our_payment_id
from freehold.domain.money import Money
from freehold.ports.payment_gateway import (
    AccountConfig,
    Declined,
    Misconfigured,
    PaymentSnapshot,
    ProviderError,
    ProviderRef,
    Retryable,
    Unknown,
)
from freehold.ports.token_store import AccessToken, TokenUnavailable
from tests.contract.bkash_rig import BkashRig, settings_for
from tests.contract.canned_server import CannedServer
from tests.contract.provider_rig import new_order
from tests.simulators.bkash_process import BkashProcess
from tests.support.memory_tokens import MemoryTokens

TOKENIZED = "/v1.2.0-beta/tokenized/checkout"
GRANT, REFRESH = f"{TOKENIZED}/token/grant", f"{TOKENIZED}/token/refresh"
CREATE, QUERY = f"{TOKENIZED}/create", f"{TOKENIZED}/payment/status"
LENT = {"statusCode": "0000", "id_token": "id_1", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r_1"}


@pytest.fixture
def vendor() -> Iterator[CannedServer]:
    server = CannedServer()
    server.answers[GRANT] = [(200, LENT)]
    yield server
    server.stop()


def client(vendor: CannedServer, tokens: MemoryTokens | None = None, **changes: Any) -> BkashProvider:
    values = {"username": "u", "password": "p_secret", "app_key": "k_secret", "app_secret": "s_secret", **changes}
    return BkashProvider(BkashSettings(origin=vendor.url, **values), tokens or MemoryTokens())


def asked(vendor: CannedServer) -> PaymentSnapshot:
    return client(vendor).fetch_payment(ProviderRef("TR0011FH"))


def ordered(vendor: CannedServer) -> PaymentSnapshot:
    return client(vendor).create_payment(new_order("http://127.0.0.1:9/hook", amount=Money(54_000, "BDT")))


# --- answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "on_write", "on_question"),
    [
        (200, {"statusCode": "2006", "statusMessage": "Invalid amount"}, Misconfigured, Misconfigured),
        (200, {"errorCode": "2001", "errorMessage": "Invalid App Key"}, Misconfigured, Misconfigured),
        (
            400,
            {"internalCode": "x", "externalCode": "2072", "errorMessageEn": "Refund amount not valid"},
            Declined,
            None,
        ),
        (400, {"message": "Invalid request body"}, Misconfigured, Misconfigured),
        (403, {"message": "Missing Authentication Token"}, Misconfigured, Misconfigured),
        (200, {"statusCode": "503", "statusMessage": "Maintenance"}, Retryable, Retryable),
        (200, {"statusCode": "2003", "statusMessage": "Process failed"}, Unknown, Retryable),
        (429, {"message": "Too Many Requests"}, Retryable, Retryable),
        (403, {"message": "Limit Exceeded"}, Retryable, Retryable),
        (504, {"message": "Endpoint request timed out"}, Unknown, Retryable),
        (502, b"<html>Bad Gateway</html>", Unknown, Retryable),
        (200, b"", Unknown, Retryable),
        (200, b"<html>Hello</html>", Unknown, Retryable),
        (200, [], Unknown, Retryable),
        (200, {}, Unknown, Retryable),
        (200, {"message": "Internal server error"}, Unknown, Retryable),
        (200, {"statusCode": "0000"}, Unknown, Retryable),
        (200, {"statusCode": "0000", "paymentID": "TR0011FH", "transactionStatus": "Novel"}, Unknown, Retryable),
    ],
)
def test_every_answer_is_sorted_by_whether_it_may_have_been_executed(
    vendor: CannedServer,
    status: int,
    body: Any,
    on_write: type[ProviderError],
    on_question: type[ProviderError] | None,
) -> None:
    vendor.answers[CREATE] = vendor.answers[QUERY] = [(status, body)]
    with pytest.raises(ProviderError) as written:
        ordered(vendor)
    assert type(written.value) is on_write
    if on_question is not None:
        with pytest.raises(ProviderError) as question:
            asked(vendor)
        assert type(question.value) is on_question


def test_an_answer_about_another_payment_is_no_answer(vendor: CannedServer) -> None:
    other = {
        "paymentID": "TR0011OTHER",
        "transactionStatus": "Completed",
        "trxID": "T",
        "amount": "1",
        "currency": "BDT",
    }
    at = "2026-11-20T12:03:10:120 GMT+0600"
    vendor.answers[QUERY] = [(200, {"statusCode": "0000", "paymentExecuteTime": at, **other})]
    with pytest.raises(Retryable):
        asked(vendor)


def test_a_coupon_meets_the_price_and_is_no_refund(vendor: CannedServer) -> None:
    paid = {
        "statusCode": "0000",
        "paymentID": "TR0011FH",
        "transactionStatus": "Completed",
        "trxID": "AKL9FH01XQ",
        "amount": "500.00",
        "saleAmount": "540.00",
        "couponAmount": "40.00",
        "maxRefundableAmount": "500.00",
        "currency": "BDT",
        "paymentExecuteTime": "2026-11-20T12:03:10:120 GMT+0600",
    }
    vendor.answers[QUERY] = [(200, paid)]
    snapshot = client(vendor).fetch_payment(ProviderRef("TR0011FH", extra={"amount": "540.00"}))

    assert snapshot.amount == snapshot.received == Money(54_000, "BDT")
    assert snapshot.refunded == Money(0, "BDT")


def test_case_48_no_error_and_no_snapshot_tells_a_secret_or_a_whole_number(vendor: CannedServer) -> None:
    whole = {
        "statusCode": "0000",
        "paymentID": "TR0011FH",
        "transactionStatus": "Completed",
        "trxID": "AKL9FH01XQ",
        "amount": "540.00",
        "currency": "BDT",
        "paymentExecuteTime": "2026-11-20T12:03:10:120 GMT+0600",
        "customerMsisdn": "01712345678",
        "callbackURL": "https://x.test/unguessable",
    }
    vendor.answers[QUERY] = [(200, whole), (401, {"message": "Unauthorized"})]
    provider = client(vendor)
    seen = repr(provider.fetch_payment(ProviderRef("TR0011FH")))
    with pytest.raises(Misconfigured) as error:
        provider.fetch_payment(ProviderRef("TR0011FH"))
    vendor.answers[GRANT] = [(401, {"status": "fail", "msg": "Invalid username and password combination"})]
    with pytest.raises(Misconfigured) as refused:
        asked(vendor)

    told = f"{seen} {error.value} {refused.value} {provider._settings!r}"
    assert "AKL9FH01XQ" in told
    for secret in ("01712345678", "unguessable", "p_secret", "k_secret", "s_secret", "id_1"):
        assert secret not in told


# --- amounts, times, names ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "minor"), [("7500", 750_000), ("7500.00", 750_000), ("25.2", 2_520), (25.2, 2_520)])
def test_amounts_are_read_as_bkash_writes_them(text: object, minor: int) -> None:
    assert money(text) == Money(minor, "BDT")


@pytest.mark.parametrize("text", ["", "1e3", "12.345", "nan", None])
def test_what_is_no_amount_is_not_read(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        money(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T12:00:00:120 GMT+0600", datetime(2026, 11, 20, 6, 0, 0, 120_000, UTC)),
        ("2024-06-13T16:27:24:000", datetime(2024, 6, 13, 10, 27, 24, tzinfo=UTC)),
        ("2024-06-13T16:27:24", datetime(2024, 6, 13, 10, 27, 24, tzinfo=UTC)),
        ("20261120120310", datetime(2026, 11, 20, 6, 3, 10, tzinfo=UTC)),
    ],
)
def test_times_are_bangladeshs_unless_they_say_otherwise(text: str, expected: datetime) -> None:
    assert moment(text) == expected


def test_our_payment_is_found_in_its_invoice_and_in_no_other() -> None:
    order = new_order("http://127.0.0.1:9/hook", reference="FH <7K2>&Q9M", attempt=3)
    invoice = invoice_number(order)

    assert not set(invoice) & set("<>& ")
    assert our_payment_id(invoice) == order.payment_id
    assert our_payment_id(f"{invoice}-0badcafe") == order.payment_id
    for other in ("", None, "INV-2026-1", f"{invoice}-zz", f"{invoice} 1"):
        assert our_payment_id(other) is None


# --- tokens -------------------------------------------------------------------------------------------------


def test_a_token_is_granted_once_and_sent_bare(vendor: CannedServer) -> None:
    vendor.answers[QUERY] = [(200, {"statusCode": "2002", "statusMessage": "Invalid Payment ID"})]
    provider = client(vendor)
    for _ in range(3):
        with pytest.raises(Misconfigured):
            provider.fetch_payment(ProviderRef("TR0011FH"))

    (path, headers, body), (_, question, _) = vendor.asked[0], vendor.asked[1]
    assert vendor.paths() == [GRANT, QUERY, QUERY, QUERY]
    assert (path, headers["username"], headers["password"]) == (GRANT, "u", "p_secret")
    assert body == {"app_key": "k_secret", "app_secret": "s_secret"}
    assert (question["authorization"], question["x-app-key"]) == ("id_1", "k_secret")


def test_a_token_is_renewed_at_minute_fifty(vendor: CannedServer) -> None:
    kept: list[AccessToken] = []

    class Watched(MemoryTokens):
        def token(self, key: str, renew: Any) -> AccessToken:
            kept.append(super().token(key, renew))
            return kept[-1]

    vendor.answers[QUERY] = [(200, {})]
    with pytest.raises(Retryable):
        client(vendor, Watched()).fetch_payment(ProviderRef("TR0011FH"))

    left = kept[0].renew_at - datetime.now(UTC)
    assert timedelta(minutes=49) < left <= timedelta(minutes=50)


def test_a_refresh_that_fails_becomes_a_grant(vendor: CannedServer) -> None:
    vendor.answers[QUERY] = [(401, {"message": "The incoming token has expired"}), (200, {})]
    vendor.answers[REFRESH] = [(200, {"statusCode": "2079", "statusMessage": "Invalid app Token"})]
    with pytest.raises(Retryable):
        asked(vendor)

    assert vendor.paths() == [GRANT, QUERY, REFRESH, GRANT, QUERY]


def test_after_one_refresh_the_next_half_hour_has_grants_only(vendor: CannedServer) -> None:
    vendor.answers[REFRESH] = [(200, {**LENT, "id_token": "id_2"})]
    vendor.answers[GRANT] = [(200, {**LENT, "id_token": name}) for name in ("id_1", "id_3", "id_4")]
    vendor.answers[QUERY] = [(401, {"message": "Unauthorized"}), (200, {})] * 3
    provider = client(vendor)
    for _ in range(3):
        with pytest.raises(Retryable):
            provider.fetch_payment(ProviderRef("TR0011FH"))

    assert [path for path in vendor.paths() if path != QUERY] == [GRANT, REFRESH, GRANT, GRANT]


def test_a_loop_of_refused_tokens_ends_before_bkash_is_annoyed(vendor: CannedServer) -> None:
    vendor.answers[GRANT] = [(200, {**LENT, "id_token": f"id_{n}", "refresh_token": ""}) for n in range(50)]
    vendor.answers[QUERY] = [(401, {"message": "Unauthorized"})]
    provider = client(vendor)
    raised = []
    for _ in range(12):
        with pytest.raises(ProviderError) as error:
            provider.fetch_payment(ProviderRef("TR0011FH"))
        raised.append(type(error.value))

    assert vendor.paths().count(GRANT) == 10
    assert raised[0] is Misconfigured
    assert raised[-1] is Retryable


@pytest.mark.parametrize(("status", "body"), [(500, {}), (429, {"message": "Too Many Requests"}), (200, b"<html>")])
def test_without_a_token_nothing_was_executed(vendor: CannedServer, status: int, body: Any) -> None:
    vendor.answers[GRANT] = [(status, body)]
    with pytest.raises(Retryable):
        ordered(vendor)

    assert vendor.paths() == [GRANT]


def test_who_waits_in_vain_for_a_token_executed_nothing(vendor: CannedServer) -> None:
    class Busy(MemoryTokens):
        def token(self, key: str, renew: Any) -> AccessToken:
            raise TokenUnavailable("another process is still renewing the token")

    with pytest.raises(Retryable):
        client(vendor, Busy()).fetch_payment(ProviderRef("TR0011FH"))

    assert vendor.asked == []


@pytest.fixture
def own_simulator(tmp_path: Any) -> Iterator[BkashProcess]:
    """Refreshes are counted by the hour: such a test needs a bKash of its own."""
    with BkashProcess(tmp_path) as process:
        yield process


def test_case_32_a_token_that_expires_on_the_way_is_renewed_once_and_never_too_often(
    own_simulator: BkashProcess,
) -> None:
    provider = BkashProvider(settings_for(own_simulator), MemoryTokens())
    created = provider.create_payment(new_order("http://127.0.0.1:9/hook", amount=Money(54_000, "BDT")))
    for expired in range(1, 5):
        own_simulator.control("expire_tokens")
        with ThreadPoolExecutor(5) as pool:
            states = set(pool.map(lambda _: provider.fetch_payment(created.ref).state, range(5)))
        assert states == {created.state}
        assert len(own_simulator.rows("token")) == 1 + expired

    assert len(own_simulator.rows("token_refresh")) == 1
    # The control: what bKash does to who refreshes at every expiry.
    careless = BkashProvider(settings_for(own_simulator), Careless())
    for _ in range(2):
        careless.fetch_payment(created.ref)
        own_simulator.control("expire_tokens")
    with pytest.raises(Misconfigured):
        careless.fetch_payment(created.ref)
    assert len(own_simulator.rows("token_refresh")) == 3


class Careless(MemoryTokens):
    """Forgets that it refreshed."""

    def token(self, key: str, renew: Any) -> AccessToken:
        return renew(None) if key.endswith(":refreshed") else super().token(key, renew)


# --- connecting ---------------------------------------------------------------------------------------------

VALUES = {"username": "u", "password": "p", "app_key": "k", "app_secret": "s"}


def connected(*, livemode: bool = False, base_url: str = "", **changes: str) -> BkashSettings:
    values = {**VALUES, **changes}
    config = AccountConfig(account="house", livemode=livemode, values=values, tokens=MemoryTokens(), base_url=base_url)
    provider = CONNECTOR.connect(config)
    assert isinstance(provider, BkashProvider)
    return provider._settings


def test_an_account_lives_at_bkashs_own_hosts_unless_it_is_told_otherwise() -> None:
    live, test, simulated = connected(livemode=True), connected(), connected(base_url="http://127.0.0.1:8440/")

    assert live.tokenized_url == "https://tokenized.pay.bka.sh/v1.2.0-beta/tokenized/checkout"
    assert live.refund_url == "https://tokenized.pay.bka.sh/v2/tokenized-checkout/refund/payment"
    assert live.checkout_url == "https://checkout.pay.bka.sh/v1.2.0-beta/checkout"
    assert test.origin == "https://tokenized.sandbox.bka.sh"
    assert (simulated.origin, simulated.sns_origin) == ("http://127.0.0.1:8440", "http://127.0.0.1:8440")
    assert test.sns_origin == live.sns_origin == ""


def test_in_live_mode_only_amazons_certificates_count() -> None:
    assert connected(livemode=True, base_url="https://proxy.example.com/v1.2.0-beta").sns_origin == ""
    with pytest.raises(ValueError, match="sns_origin"):
        BkashSettings(origin="https://x.test", sns_origin="http://127.0.0.1:1", livemode=True, **VALUES)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": " "}, "username"),
        ({"app_secret": ""}, "app_secret"),
        ({"topic_arn": "my topic"}, "topic_arn"),
        ({"refund_window_days": "soon"}, "refund_window_days"),
        ({"refund_window_days": "0"}, "refund_window_days"),
        ({"payouts": "perhaps"}, "payouts"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"base_url": "http://127.0.0.1:8440", "livemode": True}, "base_url"),
    ],
)
def test_a_bad_value_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}"):
        connected(**changes)


def test_what_an_account_may_do_is_among_its_values() -> None:
    settings = connected(authorization="yes", payouts="YES", refund_window_days="60", topic_arn="arn:aws:sns:x-1:1:t")

    assert (settings.authorization, settings.payouts, settings.refund_window_days) == (True, True, 60)
    assert settings.topics == ("arn:aws:sns:x-1:1:t",)


def test_other_credentials_borrow_another_token(bkash_rig: BkashRig) -> None:
    created = bkash_rig.provider.create_payment(new_order("http://127.0.0.1:9/hook", amount=Money(100, "BDT")))
    with pytest.raises(Misconfigured):
        bkash_rig.wrong_key().fetch_payment(created.ref)
