"""A company's keys are the business of its administrators."""

from freehold.companies.models import ApiKey
from freehold.companies.services.create_api_key import create_api_key
from freehold.core.actor import Actor
from tests.permissions.matrix import Row, members, signed_in
from tests.permissions.world import World


def existing(world: World) -> ApiKey:
    def make(world: World) -> ApiKey:
        actor = Actor.of(world.people["admin"])
        return create_api_key(actor=actor, company_id=world.company.pk, name="x", scopes=["bookings:read"])[0]

    key: ApiKey = world.remember("api key", make)
    return key


def wanted(world: World) -> dict[str, object]:
    return {"company_id": str(world.company.pk), "name": "Server", "scopes": ["bookings:read"]}


ROWS = [
    Row(
        "api/v1/host/api-keys/",
        "get",
        members(host=403, staff=403, admin=200, superuser=200),
        path=lambda world: f"/api/v1/host/api-keys/?company_id={world.company.pk}",
    ),
    Row(
        "api/v1/host/api-keys/",
        "post",
        members(host=403, staff=403, admin=201, superuser=201),
        body=wanted,
        is_proved=True,
    ),
    Row(
        "api/v1/host/api-keys/<uuid:key_id>/",
        "delete",
        members(host=403, staff=403, admin=204, superuser=204),
        path=lambda world: f"/api/v1/host/api-keys/{existing(world).pk}/",
    ),
    Row("api/v1/host/api-key-scopes/", "get", signed_in(200)),
]
