"""What anybody may look at."""

from tests.permissions.matrix import Row, everyone
from tests.permissions.rows.bookings_and_payments import a_stay

ROWS = [
    Row("api/v1/search/", "get", everyone(200)),
    Row("api/v1/search/pins/", "get", everyone(200)),
    Row("api/v1/search/clusters/", "get", everyone(200)),
    Row("api/v1/suggestions/", "get", everyone(200), path=lambda world: "/api/v1/suggestions/?q=Bos"),
    Row("api/v1/places/", "get", everyone(200), path=lambda world: "/api/v1/places/?q=Bos"),
    Row("api/v1/listings/", "get", everyone(200)),
    Row("api/v1/listings/<slug:key>/", "get", everyone(200), path=lambda w: f"/api/v1/listings/{w.listing.pk}/"),
    Row(
        "api/v1/listings/<slug:key>/calendar/",
        "get",
        everyone(200),
        path=lambda w: f"/api/v1/listings/{w.listing.pk}/calendar/",
    ),
    # The world's listing is a stay: it has no slots.
    Row(
        "api/v1/listings/<slug:key>/slots/",
        "get",
        everyone(400),
        path=lambda w: f"/api/v1/listings/{w.listing.pk}/slots/",
    ),
    Row(
        "api/v1/listings/<slug:key>/similar/",
        "get",
        everyone(200),
        path=lambda w: f"/api/v1/listings/{w.listing.pk}/similar/",
    ),
    Row(
        "api/v1/properties/recommended/",
        "get",
        everyone(200),
        path=lambda w: f"/api/v1/properties/recommended/?category_id={w.listing.property.category_id}",
    ),
    Row("api/v1/sales/", "get", everyone(200)),
    # The world's listing is a stay: there is no such home.
    Row("api/v1/sales/<slug:key>/", "get", everyone(404), path=lambda w: f"/api/v1/sales/{w.listing.pk}/"),
    Row("api/v1/quotes/", "post", everyone(201), body=a_stay),
    Row("api/v1/categories/", "get", everyone(200)),
    Row("api/v1/amenities/", "get", everyone(200)),
]
