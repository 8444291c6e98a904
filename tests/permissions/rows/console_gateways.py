"""The console's pages of payment accounts are for administrators."""

from tests.permissions.matrix import Row
from tests.permissions.rows.console import admins
from tests.permissions.rows.gateway_accounts import existing

ROWS = [
    Row("console/gateways/", "get", admins(200, outsider=200)),
    Row(
        "console/gateways/new/<slug:provider>/",
        "get",
        admins(200, outsider=200),
        path=lambda world: "/console/gateways/new/sandbox/",
        is_proved=True,
    ),
    Row(
        "console/gateways/new/<slug:provider>/",
        "post",
        admins(422, outsider=422),
        path=lambda world: "/console/gateways/new/sandbox/",
        is_form=True,
        is_proved=True,
    ),
    Row(
        "console/gateways/<uuid:account_id>/",
        "get",
        admins(200),
        path=lambda world: f"/console/gateways/{existing(world).pk}/",
        is_proved=True,
    ),
    Row(
        "console/gateways/<uuid:account_id>/",
        "post",
        admins(302),
        path=lambda world: f"/console/gateways/{existing(world).pk}/",
        body=lambda world: {"label": "Ours"},
        is_form=True,
        is_proved=True,
    ),
    Row(
        "console/gateways/<uuid:account_id>/switch/",
        "post",
        admins(302),
        path=lambda world: f"/console/gateways/{existing(world).pk}/switch/",
        body=lambda world: {"is_enabled": "yes"},
        is_form=True,
        is_proved=True,
    ),
    Row(
        "console/gateways/<uuid:account_id>/secrets/<slug:name>/",
        "post",
        admins(422),
        path=lambda world: f"/console/gateways/{existing(world).pk}/secrets/secrets/",
        is_form=True,
        is_proved=True,
    ),
]
