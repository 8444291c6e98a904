"""A company's accounts at payment providers are the business of its administrators."""

from freehold.core.actor import Actor
from freehold.payments.models import GatewayAccount
from freehold.payments.services.connect_account import connect_account
from tests.permissions.matrix import Row, members, signed_in
from tests.permissions.world import World

VALUES = {"api_key": "sk_own", "secrets": "whsec_own"}


def existing(world: World) -> GatewayAccount:
    def make(world: World) -> GatewayAccount:
        actor = Actor.of(world.people["admin"])
        return connect_account(
            actor=actor, company_id=world.company.pk, provider="sandbox", account="acct_own", values=VALUES
        )

    row: GatewayAccount = world.remember("gateway account", make)
    return row


def wanted(world: World) -> dict[str, object]:
    return {"company_id": str(world.company.pk), "provider": "sandbox", "account": "acct_new", "values": VALUES}


ROLES = {"host": 403, "staff": 403}

ROWS = [
    Row(
        "api/v1/host/gateway-accounts/",
        "get",
        members(**ROLES, admin=200, superuser=200),
        path=lambda world: f"/api/v1/host/gateway-accounts/?company_id={world.company.pk}",
    ),
    Row(
        "api/v1/host/gateway-accounts/",
        "post",
        members(**ROLES, admin=201, superuser=201),
        body=wanted,
        is_proved=True,
    ),
    Row(
        "api/v1/host/gateway-accounts/<uuid:account_id>/",
        "get",
        members(**ROLES, admin=200, superuser=200),
        path=lambda world: f"/api/v1/host/gateway-accounts/{existing(world).pk}/",
    ),
    Row(
        "api/v1/host/gateway-accounts/<uuid:account_id>/",
        "patch",
        members(**ROLES, admin=200, superuser=200),
        path=lambda world: f"/api/v1/host/gateway-accounts/{existing(world).pk}/",
        body=lambda world: {"label": "Ours"},
        is_proved=True,
    ),
    Row(
        "api/v1/host/gateway-accounts/<uuid:account_id>/secret/",
        "post",
        members(**ROLES, admin=200, superuser=200),
        path=lambda world: f"/api/v1/host/gateway-accounts/{existing(world).pk}/secret/",
        body=lambda world: {"name": "secrets", "secret": "whsec_new"},
        is_proved=True,
    ),
    Row("api/v1/host/gateway-providers/", "get", signed_in(200)),
]
