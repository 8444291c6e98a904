"""`python -m bench.plain.prepare ROOMS STAYS PEOPLE`: makes the plain tables and rows, prints tokens as JSON.

A process of its own, because Django has one set of settings per process.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models need the setup
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from rest_framework_simplejwt.tokens import AccessToken  # noqa: E402

from bench.plain.models import Booking, Room  # noqa: E402

# As many occupancies per room as the other world has, all before the rooms that are measured are free again.
_STAYS = """
    INSERT INTO plain_booking (room_id, user_id, check_in, check_out, guests, total, status, created_at, updated_at)
    SELECT room.id, %(user)s, current_date - 600 + n * 15, current_date - 600 + n * 15 + 10, 2, 100, 'confirmed',
           now(), now()
      FROM plain_room AS room CROSS JOIN generate_series(0, %(stays)s - 1) AS n
"""


def main() -> None:
    rooms, stays, people = map(int, sys.argv[1:])
    call_command("migrate", "auth", verbosity=0)
    # The plain app has no migrations.
    call_command("migrate", run_syncdb=True, verbosity=0)
    Room.objects.bulk_create([Room(name=f"Room {number}", price=100) for number in range(rooms)], batch_size=5000)
    users = User.objects.bulk_create([User(username=f"guest{number}") for number in range(people)])
    with connection.cursor() as cursor:
        cursor.execute(_STAYS, {"user": users[0].pk, "stays": stays})
        cursor.execute("VACUUM ANALYZE")
    assert Booking.objects.exists()
    answer = {
        "rooms": list(Room.objects.values_list("pk", flat=True)),
        "tokens": [str(AccessToken.for_user(user)) for user in users],
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
