"""Places that are put away and taken back, by people of their company."""

from tests.permissions.matrix import Row
from tests.permissions.rows.host import HOST, at, people

ROWS = [
    Row(f"{HOST}{route}", "post", people(200), path=at(route))
    for route in ("properties/<uuid:property_id>/archive/", "properties/<uuid:property_id>/restore/")
]
