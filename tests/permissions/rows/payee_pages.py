"""The console's pages on which payees, their places and payments out are made: staff and administrators."""

from collections.abc import Callable

from tests.permissions.matrix import Expectation, Row
from tests.permissions.rows.money_desk import people
from tests.permissions.rows.payouts import outgoing, payee, place
from tests.permissions.world import World

PAYEE = "console/money/payees/<uuid:payee_id>/"
PLACES = f"{PAYEE}places/"
NEW_PLACE = f"{PLACES}new/<slug:provider>/<slug:shape>/"
EDIT = "console/money/payouts/<uuid:outgoing_id>/edit/"


def makers(status: int, *, outsider: int = 404, **exceptions: int) -> Expectation:
    return {**people(status, host=403, outsider=outsider), **exceptions}


def of_payee(rest: str) -> Callable[[World], str]:
    return lambda world: f"/console/money/payees/{payee(world).pk}/{rest}"


def of_place(rest: str) -> Callable[[World], str]:
    return lambda world: f"/console/money/payees/{payee(world).pk}/places/{place(world).pk}/{rest}"


def edit(world: World) -> str:
    return f"/console/money/payouts/{outgoing(world).pk}/edit/"


ROWS = [
    Row("console/money/payees/", "get", makers(200, outsider=200)),
    Row("console/money/payees/new/", "get", makers(200, outsider=200)),
    Row("console/money/payees/new/", "post", makers(422, outsider=422), is_form=True),
    Row(PAYEE, "get", makers(200), path=of_payee("")),
    Row(f"{PAYEE}name/", "get", makers(200), path=of_payee("name/")),
    Row(f"{PAYEE}name/", "post", makers(422), path=of_payee("name/"), is_form=True),
    Row(f"{PAYEE}switch/", "post", makers(302), path=of_payee("switch/"), is_form=True),
    Row(f"{PAYEE}account/", "get", makers(404), path=of_payee("account/")),
    Row(f"{PAYEE}account/", "post", makers(404), path=of_payee("account/"), is_form=True),
    Row(f"{PAYEE}pay/<slug:kind>/", "get", makers(200), path=of_payee("pay/expense/")),
    Row(f"{PAYEE}pay/<slug:kind>/", "post", makers(422), path=of_payee("pay/expense/"), is_form=True),
    Row(PLACES, "get", makers(200), path=of_payee("places/"), is_proved=True),
    Row(NEW_PLACE, "get", makers(200), path=of_payee("places/new/cash/cash/"), is_proved=True),
    Row(NEW_PLACE, "post", makers(422), path=of_payee("places/new/cash/cash/"), is_form=True, is_proved=True),
    Row(f"{PLACES}<uuid:place_id>/confirm/", "get", makers(200, staff=403), path=of_place("confirm/"), is_proved=True),
    Row(
        f"{PLACES}<uuid:place_id>/confirm/",
        "post",
        makers(302, staff=403),
        path=of_place("confirm/"),
        is_form=True,
        is_proved=True,
    ),
    Row(f"{PLACES}<uuid:place_id>/retire/", "post", makers(302), path=of_place("retire/"), is_form=True),
    Row(
        "console/money/payouts/new/<slug:kind>/",
        "get",
        makers(200, outsider=200),
        path=lambda world: "/console/money/payouts/new/expense/",
    ),
    Row(EDIT, "get", makers(200), path=edit),
    Row(EDIT, "post", makers(422), path=edit, is_form=True),
]
