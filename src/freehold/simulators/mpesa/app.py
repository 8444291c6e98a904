"""The ASGI application: Daraja's API, the telephones and the test desk."""

from starlette.applications import Starlette
from starlette.requests import Request

from freehold.simulators.kit import app, control
from freehold.simulators.mpesa import api
from freehold.simulators.mpesa.errors import envelope
from freehold.simulators.mpesa.merchant import Vault
from freehold.simulators.mpesa.network import Network
from freehold.simulators.mpesa.outgoing import Outgoing
from freehold.simulators.mpesa.pages import Pages

MACHINE_PATHS = ("/mpesa/", "/oauth/", "/control/", "/certificate")


def is_page(request: Request) -> bool:
    return not request.url.path.startswith(MACHINE_PATHS)


def build_app(network: Network, outgoing: Outgoing, vault: Vault) -> Starlette:
    pages = Pages(network)
    desk = control.routes(
        network.books,
        key=network.merchant.control_key,
        operations=api.OPERATIONS,
        deeds={"plan": outgoing.plan, "forget_addresses": network.forget_addresses},
    )
    return app.build(
        [*pages.routes(), *api.Api(network, outgoing, vault).routes(), *desk],
        refusal_page=pages.look.refused,
        is_page=is_page,
        broken=envelope("500.003.1001", "Internal Server Error"),
    )
