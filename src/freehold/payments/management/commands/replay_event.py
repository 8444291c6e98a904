"""`manage replay_event`: reads messages of gateways once more, after what stood in their way was mended."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from freehold.core.actor import Actor
from freehold.core.errors import NotFound
from freehold.payments.models import GatewayEvent
from freehold.payments.services.replay_event import replay_event

UNREAD = (GatewayEvent.State.PARKED, GatewayEvent.State.QUARANTINED)


class Command(BaseCommand):
    help = "Puts messages of gateways back in the queue; what was applied already changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("events", nargs="*", type=UUID, help="ids of events")
        parser.add_argument("--unread", action="store_true", help="all that are parked or wait for somebody")
        parser.add_argument("--provider", default="", help="with --unread: those of one provider")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted: list[UUID] = list(options["events"])
        if options["unread"]:
            unread = GatewayEvent.objects.filter(state__in=UNREAD).order_by("created_at")
            if options["provider"]:
                unread = unread.filter(provider=options["provider"])
            wanted += unread.values_list("pk", flat=True)
        if not wanted and not options["unread"]:
            raise CommandError("Name events by their ids, or give --unread.")
        actor = Actor.system("replay_event")
        for event_id in wanted:
            try:
                replay_event(actor=actor, event_id=event_id)
            except NotFound:
                raise CommandError(f"There is no event {event_id}.") from None
        self.stdout.write(f"{len(wanted)} event(s) are in the queue.")
