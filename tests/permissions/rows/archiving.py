"""Places that are put away and taken back, and many listings at once, by people of their company."""

from tests.permissions.matrix import Row
from tests.permissions.rows.host import HOST, at, people

ROWS = [
    *(
        Row(f"{HOST}{route}", "post", people(200), path=at(route))
        for route in ("properties/<uuid:property_id>/archive/", "properties/<uuid:property_id>/restore/")
    ),
    Row(
        f"{HOST}listings/bulk/",
        "post",
        people(200),
        body=lambda world: {"listing_ids": [str(world.listing.pk)], "status": "paused"},
    ),
]
