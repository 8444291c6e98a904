"""What stands around the families: health, the schema, addresses that do not exist."""

from tests.permissions.matrix import Row, everyone

ROWS = [
    Row("healthz", "get", everyone(200)),
    Row("readyz", "get", everyone(503)),
    # Not there unless the environment says who may read it: tests/config/test_metrics.py.
    Row("metrics", "get", everyone(404)),
    Row("api/schema/", "get", everyone(200)),
    Row("api/schema/swagger-ui/", "get", everyone(200)),
    Row("api/schema/redoc/", "get", everyone(200)),
    Row("api/docs/", "get", everyone(200)),
    Row("api/^.*$", "get", everyone(404), path=lambda world: "/api/nowhere/"),
]
