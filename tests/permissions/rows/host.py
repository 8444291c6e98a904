"""What the people of a company do with its places and prices; to anybody else these do not exist."""

from typing import Any

from freehold.core.actor import Actor
from freehold.inventory.services.block_dates import block_dates
from freehold.properties.models import PropertyPicture, SlotRules
from tests.factories import CategoryFactory, PictureFactory
from tests.permissions.matrix import Expectation, Row, members
from tests.permissions.world import World
from tests.support.stays import in_days

HOST = "api/v1/host/"


def people(status: int) -> Expectation:
    return members(host=status, staff=status, admin=status, superuser=status)


def at(pattern: str) -> Any:
    """The address of the pattern for the world's listing, its property and unit."""
    return lambda w: (
        f"/{HOST}"
        + pattern.replace("<uuid:property_id>", str(w.listing.property_id))
        .replace("<uuid:listing_id>", str(w.listing.pk))
        .replace("<uuid:unit_id>", str(w.listing.unit_id))
    )


def company(suffix: str) -> Any:
    return lambda w: f"/{HOST}{suffix}?company_id={w.company.pk}"


def picture(world: World) -> str:
    place = world.listing.property
    shown: PropertyPicture = world.remember(
        "picture",
        lambda w: PropertyPicture.objects.create(property=place, picture=PictureFactory(), alt="Door", position=0),
    )
    return f"/{HOST}properties/{place.pk}/pictures/{shown.picture_id}/"


def block(world: World) -> str:
    dates = {"check_in": in_days(30), "check_out": in_days(31)}
    system = Actor.system("test")
    claim = world.remember("block", lambda w: block_dates(actor=system, listing_id=w.listing.pk, **dates))
    return f"/{HOST}blocks/{claim.id}/"


def place(world: World) -> dict[str, Any]:
    category = world.remember("category", lambda w: CategoryFactory())
    return {
        "company_id": str(world.company.pk),
        "title": "Blue house",
        "category": category.slug,
        "city": "Lisbon",
        "country": "PT",
        "latitude": "38.7",
        "longitude": "-9.1",
        "time_zone": "Europe/Lisbon",
    }


def rate_plan(world: World) -> dict[str, Any]:
    policy = world.listing.rate_plan.cancellation_policy_id
    return {"base_price": {"amount": "90.00", "currency": "USD"}, "cancellation_policy_id": str(policy)}


def nights(world: World) -> dict[str, Any]:
    return {"first_night": str(in_days(3)), "last_night": str(in_days(4)), "price": None}


def restriction(world: World) -> dict[str, Any]:
    return {"first_day": str(in_days(3)), "last_day": str(in_days(4)), "min_nights": 3}


def slots(world: World) -> str:
    world.remember("slots", lambda w: SlotRules.objects.create(listing=w.listing, opening_hours=[[]] * 7))
    return f"/{HOST}listings/{world.listing.pk}/slot-rules/"


def stay(world: World) -> dict[str, Any]:
    return {"check_in": str(in_days(50)), "check_out": str(in_days(52))}


def policy(world: World) -> dict[str, Any]:
    return {"company_id": str(world.company.pk), "name": "Fair", "tiers": []}


def tax(world: World) -> dict[str, Any]:
    return {
        "company_id": str(world.company.pk),
        "code": "vat",
        "label": "VAT",
        "kind": "percentage",
        "basis_points": 1900,
    }


UNITS = f"{HOST}properties/<uuid:property_id>/units/"
UNIT_TYPES = f"{HOST}properties/<uuid:property_id>/unit-types/"
PICTURES = f"{HOST}properties/<uuid:property_id>/pictures/"

ROWS = [
    Row(f"{HOST}properties/", "get", people(200), path=company("properties/")),
    Row(f"{HOST}properties/", "post", people(201), body=place),
    Row(f"{HOST}properties/<uuid:property_id>/", "get", people(200), path=at("properties/<uuid:property_id>/")),
    Row(f"{HOST}properties/<uuid:property_id>/", "patch", people(200), path=at("properties/<uuid:property_id>/")),
    Row(UNITS, "post", people(201), path=at("properties/<uuid:property_id>/units/"), body=lambda w: {"name": "9"}),
    Row(
        UNIT_TYPES,
        "post",
        people(201),
        path=at("properties/<uuid:property_id>/unit-types/"),
        body=lambda w: {"name": "9"},
    ),
    # A form without a file is refused before anything is looked up.
    Row(
        PICTURES,
        "post",
        {**dict.fromkeys(people(400), 400), "anonymous": 401},
        path=at("properties/<uuid:property_id>/pictures/"),
        is_form=True,
    ),
    Row(f"{PICTURES}<uuid:picture_id>/", "delete", people(204), path=picture),
    Row(f"{HOST}units/<uuid:unit_id>/", "patch", people(200), path=at("units/<uuid:unit_id>/")),
    Row(
        f"{HOST}properties/<uuid:property_id>/listings/",
        "post",
        people(201),
        path=at("properties/<uuid:property_id>/listings/"),
        body=lambda w: {"title": "Loft", "currency": "USD", "max_guests": 2},
    ),
    Row(f"{HOST}listings/", "get", people(200), path=company("listings/")),
    Row(f"{HOST}listings/<uuid:listing_id>/", "get", people(200), path=at("listings/<uuid:listing_id>/")),
    Row(f"{HOST}listings/<uuid:listing_id>/", "patch", people(200), path=at("listings/<uuid:listing_id>/")),
    Row(
        f"{HOST}listings/<uuid:listing_id>/publish/",
        "post",
        people(200),
        path=at("listings/<uuid:listing_id>/publish/"),
    ),
    Row(f"{HOST}listings/<uuid:listing_id>/pause/", "post", people(200), path=at("listings/<uuid:listing_id>/pause/")),
    Row(
        f"{HOST}listings/<uuid:listing_id>/rate-plan/",
        "put",
        people(200),
        path=at("listings/<uuid:listing_id>/rate-plan/"),
        body=rate_plan,
    ),
    Row(
        f"{HOST}listings/<uuid:listing_id>/prices/",
        "put",
        people(204),
        path=at("listings/<uuid:listing_id>/prices/"),
        body=nights,
    ),
    Row(
        f"{HOST}listings/<uuid:listing_id>/restrictions/",
        "get",
        people(200),
        path=at("listings/<uuid:listing_id>/restrictions/"),
    ),
    Row(
        f"{HOST}listings/<uuid:listing_id>/restrictions/",
        "put",
        people(200),
        path=at("listings/<uuid:listing_id>/restrictions/"),
        body=restriction,
    ),
    Row(
        f"{HOST}listings/<uuid:listing_id>/slot-rules/",
        "get",
        people(200),
        path=slots,
    ),
    Row(
        f"{HOST}listings/<uuid:listing_id>/slot-rules/",
        "put",
        people(409),  # the world's listing is sold by the night
        path=at("listings/<uuid:listing_id>/slot-rules/"),
        body=lambda w: {"opening_hours": [[]] * 7},
    ),
    Row(
        f"{HOST}listings/<uuid:listing_id>/blocks/",
        "post",
        people(201),
        path=at("listings/<uuid:listing_id>/blocks/"),
        body=stay,
    ),
    Row(f"{HOST}blocks/<uuid:claim_id>/", "delete", people(204), path=block),
    Row(f"{HOST}cancellation-policies/", "get", people(200), path=company("cancellation-policies/")),
    Row(f"{HOST}cancellation-policies/", "post", people(201), body=policy),
    Row(f"{HOST}taxes/", "get", people(200), path=company("taxes/")),
    Row(f"{HOST}taxes/", "post", people(201), body=tax),
]
