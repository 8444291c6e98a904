"""One rule for every row that belongs to a company: one's own, the company's people's, or not there."""

from uuid import uuid4

import pytest

from freehold.companies.access import find_permitted
from freehold.companies.models import Role
from freehold.core.actor import Actor
from freehold.core.errors import AccessDenied, NotFound
from freehold.pricing.models import Quote
from freehold.pricing.services.create_quote import create_quote
from tests.factories import MembershipFactory, RatePlanFactory, UserFactory
from tests.support.stays import stay

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote() -> Quote:
    return create_quote(actor=Actor.of(UserFactory()), items=[stay(RatePlanFactory().listing)])


def found(actor: Actor, quote: Quote, *, own: bool, permission: str = "payments.refund") -> bool:
    return find_permitted(actor=actor, model=Quote, pk=quote.pk, permission=permission, own=own) == quote


def test_ones_own_row_is_found_only_where_owning_it_is_enough(quote: Quote) -> None:
    owner = Actor.of(quote.user)
    assert found(owner, quote, own=True)
    with pytest.raises(NotFound):
        found(owner, quote, own=False)


def test_a_member_needs_the_permission(quote: Quote) -> None:
    host = MembershipFactory(company=quote.company, role=Role.HOST).user
    staff = MembershipFactory(company=quote.company, role=Role.STAFF).user
    assert found(Actor.of(staff), quote, own=True)
    with pytest.raises(AccessDenied):
        found(Actor.of(host), quote, own=True)


def test_a_stranger_nobody_and_an_unknown_id_look_alike(quote: Quote) -> None:
    for actor in (Actor.of(UserFactory()), Actor.anonymous()):
        with pytest.raises(NotFound):
            found(actor, quote, own=True)
    with pytest.raises(NotFound):
        find_permitted(actor=Actor.system("test"), model=Quote, pk=uuid4(), permission="payments.refund", own=True)


def test_the_system_finds_everything(quote: Quote) -> None:
    assert found(Actor.system("test"), quote, own=True)
