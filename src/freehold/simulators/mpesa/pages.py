"""The telephones: prompts and the buttons that answer them, and the list of everything that was asked."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from freehold.simulators.kit.books import Row
from freehold.simulators.kit.pages import LISTED, Look, form_of
from freehold.simulators.mpesa import scenarios
from freehold.simulators.mpesa.errors import Refusal
from freehold.simulators.mpesa.network import Network

HERE = Path(__file__).parent
LONGEST_DELAY_S = 86_400.0
STATUS_WORDS = {"waiting": "Waiting for the PIN", "acting": "On its way"}
RESULT_WORDS = {
    "0": "Paid",
    "1": "Not enough money",
    "1001": "Busy with another payment",
    "1032": "Cancelled",
    "1037": "Not answered",
    "2001": "Wrong PIN",
}
STATUS_LOOKS = {"waiting": "open", "acting": "processing"}


def status_word(push: Row) -> str:
    if push["status"] != "done":
        return STATUS_WORDS[push["status"]]
    return RESULT_WORDS.get(push["result_code"], "Failed")


def status_look(push: Row) -> str:
    """The stylesheet's name of the state."""
    if push["status"] != "done":
        return STATUS_LOOKS[push["status"]]
    return "paid" if push["result_code"] == "0" else "canceled"


class Pages:
    def __init__(self, network: Network) -> None:
        self._network = network
        self.look = Look("M-Pesa simulator", HERE / "templates", network.books)

    def routes(self) -> list[Route]:
        return [
            *self.look.routes(),
            Route("/", self.index),
            Route("/phone/{number}", self.phone),
            Route("/prompt/{token}", self.prompt),
            Route("/prompt/{token}", self.choose, methods=["POST"]),
        ]

    async def index(self, request: Request) -> Response:
        pushes = self._network.books.rows("SELECT * FROM push ORDER BY created DESC LIMIT :most", most=LISTED)
        return self._list("index.html", pushes)

    async def phone(self, request: Request) -> Response:
        """A waiting prompt is what a telephone shows first of all."""
        number = request.path_params["number"].lstrip("+")
        pushes = self._network.books.rows(
            "SELECT * FROM push WHERE phone = :phone ORDER BY created DESC LIMIT :most", phone=number, most=LISTED
        )
        if pushes and pushes[0]["status"] == "waiting":
            return RedirectResponse(f"/prompt/{pushes[0]['token']}", status_code=303)
        return self._list("phone.html", pushes, number=number)

    def _list(self, template: str, pushes: list[Row], *, number: str = "") -> Response:
        return self.look.page(
            template, pushes=pushes, most=LISTED, status_word=status_word, status_look=status_look, number=number
        )

    async def prompt(self, request: Request) -> Response:
        return self._prompt(self._network.prompt(request.path_params["token"]))

    def _prompt(self, push: Row) -> Response:
        return self.look.page(
            "prompt.html",
            push=push,
            scenarios=scenarios,
            shortcode=self._network.merchant.shortcode,
            status_word=status_word(push),
            status_look=status_look(push),
        )

    async def choose(self, request: Request) -> Response:
        """A button was pressed. A second press changes nothing: what is done is done."""
        form = await form_of(request)
        scenario = scenarios.SCENARIOS.get(form.get("scenario", ""))
        if scenario is None:
            raise Refusal.bad_field("scenario")
        push = self._network.prompt(request.path_params["token"])
        delay_s = _delay(form)
        if push["status"] == "waiting":
            with self._network.books.transaction():
                scenario.run(self._network, push, delay_s)
        return RedirectResponse(f"/prompt/{push['token']}", status_code=303)


def _delay(form: dict[str, str]) -> float:
    try:
        delay_s = float(form.get("delay_s", scenarios.DELAY_S))
    except ValueError:
        raise Refusal.bad_field("delay_s") from None
    if not 0 <= delay_s <= LONGEST_DELAY_S:
        raise Refusal.bad_field("delay_s")
    return delay_s
