"""What every way to send text messages must do: one suite, run on the mailbox and on two gateways over real HTTP."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from freehold.adapters.messaging.captured import CapturedMessenger
from freehold.adapters.messaging.http_gateway import HttpGatewayMessenger, HttpGatewaySettings
from freehold.adapters.messaging.twilio import TwilioMessenger, TwilioSettings
from freehold.config.env import BadEnvironment, Environment, Mode
from freehold.config.wiring import sms_messenger
from freehold.ports.messenger import Message, MessageRefused, Messenger, MessengerUnavailable
from tests.contract.sms_server import SmsServer
from tests.simulators.sandbox_process import free_port

SMS = Message(
    channel="sms",
    to="+16175550123",
    subject="",
    text='123456 is your code & "more" {to} 100% \\ ✓\n\n@stays.example.com #123456',
    dedupe_key="phone-code:1",
)
SECRET = "s3cret-token"
BODY = '{"to": "{to}", "from": "{sender}", "text": "{text}"}'

type Sent = Callable[[], list[tuple[str, str]]]


@pytest.fixture
def server() -> Iterator[SmsServer]:
    server = SmsServer()
    yield server
    server.stop()


def twilio(url: str, sender: str = "+16175550100") -> TwilioMessenger:
    return TwilioMessenger(TwilioSettings(account="AC1", token=SECRET, sender=sender, base_url=url, timeout_s=1))


def gateway(url: str, **options: Any) -> HttpGatewayMessenger:
    options = {
        "body": BODY,
        "headers": {"Authorization": f"Bearer {SECRET}"},
        "sender": "Stays",
        "timeout_s": 1,
        **options,
    }
    return HttpGatewayMessenger(HttpGatewaySettings(url=f"{url}/send", **options))


OVER_HTTP = {"twilio": twilio, "gateway": gateway}


@pytest.fixture(params=["captured", *OVER_HTTP])
def pair(request: pytest.FixtureRequest, tmp_path: Path, server: SmsServer) -> tuple[Messenger, Sent]:
    """A messenger, and the numbers and texts that came out at its other end."""
    if request.param == "captured":
        captured = CapturedMessenger(tmp_path / "mailbox")
        return captured, lambda: [(kept.message.to, kept.message.text) for kept in reversed(captured.messages())]
    if request.param == "twilio":
        return twilio(server.url), lambda: [(each.form["To"], each.form["Body"]) for each in server.received]
    return gateway(server.url), lambda: [(each.json["to"], each.json["text"]) for each in server.received]


@pytest.fixture(params=OVER_HTTP.values(), ids=OVER_HTTP.keys())
def over_http(request: pytest.FixtureRequest) -> Callable[[str], Messenger]:
    make: Callable[[str], Messenger] = request.param
    return make


def test_a_text_message_arrives_as_it_was_written(pair: tuple[Messenger, Sent]) -> None:
    messenger, sent = pair
    messenger.send(SMS)
    assert sent() == [(SMS.to, SMS.text)]


def test_different_messages_all_arrive(pair: tuple[Messenger, Sent]) -> None:
    messenger, sent = pair
    for number in range(3):
        messenger.send(replace(SMS, text=f"Code {number}", dedupe_key=str(number)))
    assert [text for _to, text in sent()] == ["Code 0", "Code 1", "Code 2"]


def test_a_mail_is_no_text_message(over_http: Callable[[str], Messenger], server: SmsServer) -> None:
    with pytest.raises(MessageRefused):
        over_http(server.url).send(replace(SMS, channel="email", to="guest@example.com"))
    assert server.received == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, MessageRefused),
        (422, MessageRefused),
        (401, MessengerUnavailable),
        (403, MessengerUnavailable),
        (404, MessengerUnavailable),
        (429, MessengerUnavailable),
        (500, MessengerUnavailable),
        (503, MessengerUnavailable),
        (302, MessengerUnavailable),
    ],
)
@pytest.mark.parametrize("answer", [{"message": f"{SMS.to} {SECRET}"}, "<html>", "[]", ""])
def test_final_refusals_and_passing_trouble_are_told_apart_and_tell_no_secrets(
    over_http: Callable[[str], Messenger], server: SmsServer, status: int, error: type[Exception], answer: Any
) -> None:
    server.status, server.answer = status, answer
    with pytest.raises(error) as caught:
        over_http(server.url).send(SMS)
    assert not any(secret in str(caught.value) for secret in ("123456", SMS.to, SECRET))
    assert len(server.received) == 1


def test_a_gateway_that_is_away_or_says_nothing_is_passing_trouble(
    over_http: Callable[[str], Messenger], server: SmsServer
) -> None:
    server.silent_s = 2
    for url in (f"http://127.0.0.1:{free_port()}", server.url):
        with pytest.raises(MessengerUnavailable) as caught:
            over_http(url).send(SMS)
        assert SECRET not in str(caught.value)


# --- Twilio ---


def test_twilio_gets_a_form_under_the_account_s_name(server: SmsServer) -> None:
    twilio(server.url).send(SMS)
    twilio(server.url, sender="MG42").send(SMS)
    first, second = server.received
    assert first.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert first.headers["Authorization"] == "Basic " + base64.b64encode(f"AC1:{SECRET}".encode()).decode()
    assert first.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (first.form["From"], second.form["MessagingServiceSid"]) == ("+16175550100", "MG42")
    assert "From" not in second.form


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (21211, MessageRefused),  # no such number
        (21408, MessageRefused),  # a country that the account may not send to
        (21610, MessageRefused),  # unsubscribed
        (21614, MessageRefused),  # no mobile number
        (21606, MessengerUnavailable),  # our own number cannot send
        (20003, MessengerUnavailable),  # our own credentials
        (20429, MessengerUnavailable),
    ],
)
def test_twilio_s_codes_say_whose_fault_it_is(server: SmsServer, code: int, error: type[Exception]) -> None:
    server.status, server.answer = 400, {"code": code, "message": "words", "status": 400}
    with pytest.raises(error, match=str(code)):
        twilio(server.url).send(SMS)


# --- any gateway ---


def test_the_body_follows_the_template_in_json(server: SmsServer) -> None:
    body = '{"messages": [{"to": ["{to}"], "body": "<{text}>", "ref": "{key}"}], "from": "{sender}", "flash": false}'
    gateway(server.url, body=body).send(SMS)
    (posted,) = server.received
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["Authorization"] == f"Bearer {SECRET}"
    assert posted.json == {
        "messages": [{"to": [SMS.to], "body": f"<{SMS.text}>", "ref": "phone-code:1"}],
        "from": "Stays",
        "flash": False,
    }


def test_the_body_follows_the_template_as_a_form(server: SmsServer) -> None:
    gateway(server.url, body="dest={to}&msg={text}&type=otp&from={sender}").send(SMS)
    (posted,) = server.received
    assert posted.form == {"dest": SMS.to, "msg": SMS.text, "type": "otp", "from": "Stays"}


@pytest.mark.parametrize("body", ["", '{"to": "{to}"}', '{"to": "{to}", "text": {text}}', "to{to}{text}"])
def test_a_template_that_cannot_work_is_refused_at_once(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own error, or ours
        HttpGatewaySettings(url="https://sms.example.com", body=body)


# --- chosen by the settings ---


def test_the_settings_choose_the_gateway(server: SmsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_SMS_SENDER", "Stays")
    monkeypatch.setenv("FREEHOLD_SMS_URL", "twilio://AC1:to%2Fken@api.twilio.com")
    assert isinstance(sms_messenger(Environment.load(Mode.TEST)), TwilioMessenger)
    monkeypatch.setenv("FREEHOLD_SMS_URL", f"{server.url}/send?account=1")
    monkeypatch.setenv("FREEHOLD_SMS_HEADERS", '{"X-Key": "k"}')
    sms_messenger(Environment.load(Mode.TEST)).send(SMS)
    assert (server.received[0].path, server.received[0].headers["X-Key"]) == ("/send?account=1", "k")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FREEHOLD_SMS_URL", "http://sms.example.com/"),
        ("FREEHOLD_SMS_URL", "twilio://api.twilio.com"),
        ("FREEHOLD_SMS_URL", "sms"),
        ("FREEHOLD_SMS_HEADERS", "X-Key: k"),
        ("FREEHOLD_SMS_HEADERS", '{"X": 1}'),
        ("FREEHOLD_SMS_COUNTRIES", "US,Narnia"),
        ("FREEHOLD_PHONE_REGION", "XX"),
        ("FREEHOLD_SMS_PER_DAY", "0"),
    ],
)
def test_wrong_settings_stop_the_start(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadEnvironment) as caught:
        Environment.load(Mode.PRODUCTION)
    assert any(problem.startswith(f"{variable}:") for problem in caught.value.problems)
