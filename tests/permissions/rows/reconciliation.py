"""Reconciliation: staff who decide about money; what belongs to another company is not there."""

from datetime import timedelta

from freehold.core import clock
from freehold.payments.models import Difference, ReviewItem
from freehold.payments.services.open_review import open_review
from tests.permissions.matrix import Row, members
from tests.permissions.rows.money_desk import people
from tests.permissions.world import World

ROLES = {"host": 403, "staff": 200, "admin": 200, "superuser": 200}


def difference(world: World) -> Difference:
    def make(world: World) -> Difference:
        review = open_review(kind=ReviewItem.Kind.DRIFT, key="drift:row", detail="?", company_id=world.company.pk)
        return Difference.objects.create(
            company=world.company,
            provider="sandbox",
            account="own",
            kind="payment",
            provider_id="ch_row",
            occurred_at=clock.now() - timedelta(hours=2),
            currency="USD",
            theirs_minor=100,
            review=review,
        )

    made: Difference = world.remember("difference", make)
    return made


ROWS = [
    Row(
        "api/v1/host/reconciliation/",
        "get",
        members(**ROLES),
        path=lambda world: f"/api/v1/host/reconciliation/?company_id={world.company.pk}",
    ),
    Row(
        "api/v1/host/reconciliation/differences/",
        "get",
        members(**ROLES),
        path=lambda world: f"/api/v1/host/reconciliation/differences/?company_id={world.company.pk}",
    ),
    Row(
        "api/v1/host/reconciliation/compare/",
        "post",
        members(**{**ROLES, "staff": 202, "admin": 202, "superuser": 202}),
        body=lambda world: {"company_id": str(world.company.pk)},
    ),
    Row(
        "api/v1/host/reconciliation/differences/<uuid:difference_id>/repair/",
        "post",
        members(**ROLES),
        path=lambda world: f"/api/v1/host/reconciliation/differences/{difference(world).pk}/repair/",
        body=lambda world: {"repair": "settle", "reason": "looked at it"},
    ),
    Row("console/money/reconciliation/", "get", people(200, host=403, outsider=200)),
    Row("console/money/reconciliation.csv", "get", people(200, host=403, outsider=200)),
    Row("console/money/reconciliation/compare/", "post", people(302, host=403, outsider=302), is_form=True),
    Row(
        "console/money/differences/<uuid:difference_id>/<slug:step>/",
        "post",
        people(302, host=403, outsider=404),
        path=lambda world: f"/console/money/differences/{difference(world).pk}/settle/",
        body=lambda world: {"note": "looked at it"},
        is_form=True,
    ),
]
