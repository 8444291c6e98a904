"""Only administrators of the platform act as somebody else."""

from freehold.accounts.models import Impersonation, User
from freehold.accounts.services.start_impersonation import start_impersonation
from freehold.core.actor import Actor
from tests.permissions.matrix import Row, signed_in
from tests.permissions.world import World

REASON = "The guest cannot see a booking"


def only_superusers(status: int) -> dict[str, int]:
    return {**signed_in(403), "superuser": status}


def existing(world: World) -> Impersonation:
    def make(world: World) -> Impersonation:
        superuser = User.objects.get(pk=world.people["superuser"].pk)
        return start_impersonation(actor=Actor.of(superuser), user_id=world.guest.pk, reason=REASON)

    started: Impersonation = world.remember("impersonation", make)
    return started


ROWS = [
    Row("api/v1/impersonations/", "get", only_superusers(200)),
    Row(
        "api/v1/impersonations/",
        "post",
        only_superusers(201),
        body=lambda world: {"user_id": str(world.guest.pk), "reason": REASON},
        is_proved=True,
    ),
    Row(
        "api/v1/impersonations/<uuid:impersonation_id>/",
        "delete",
        only_superusers(204),
        path=lambda world: f"/api/v1/impersonations/{existing(world).pk}/",
    ),
    Row("impersonation/stop/", "post", signed_in(404, anonymous=302), is_form=True),
]
