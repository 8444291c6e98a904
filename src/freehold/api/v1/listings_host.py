"""For hosts: what is sold, for how much, and when not. Listings, prices, terms and blocked dates."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.idempotency import idempotent
from freehold.api.permissions import CompanyCaller
from freehold.api.serializers import (
    MoneyField,
    StrictDateField,
    StrictIntegerField,
    StrictSerializer,
    TextField,
)
from freehold.api.v1.rate_plan_shapes import WHOLE, RatePlanInput, minor_of, rate_plan_answer, rate_plan_facts
from freehold.api.views import Endpoint
from freehold.domain.periods import MAX_NIGHTS
from freehold.domain.pricing import TaxKind, TaxTerms
from freehold.inventory.services.block_dates import block_dates, unblock_dates
from freehold.pricing.models import CancellationPolicy, Tax
from freehold.pricing.selectors import company_terms, host_rate_plan
from freehold.pricing.services.define_terms import define_cancellation_policy, define_tax
from freehold.pricing.services.offer_listing import offer_listing
from freehold.pricing.services.set_night_prices import set_night_prices
from freehold.pricing.services.set_rate_plan import set_rate_plan
from freehold.properties.models import Listing
from freehold.properties.selectors import host_listing
from freehold.properties.services.publish_listing import pause_listing
from freehold.properties.services.save_listing import create_listing, facts_of_listing, update_listing
from freehold.properties.types import ListingFacts

MODES = (Listing.Mode.STAY, Listing.Mode.SLOT, Listing.Mode.EXCLUSIVE)


class WeekdaysField(serializers.ListField):
    """0 (Monday) to 6."""

    child = StrictIntegerField(min_value=0, max_value=6)

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=1, max_length=7, **options)


class ListingInput(StrictSerializer):
    title = TextField(max_length=200)
    currency = serializers.RegexField(r"^[A-Z]{3}$")
    max_guests = StrictIntegerField(min_value=1, max_value=1000)
    unit_id = serializers.UUIDField(required=False, allow_null=True)
    unit_type_id = serializers.UUIDField(required=False, allow_null=True)
    payment_terms = serializers.ChoiceField(Listing.PaymentTerms.choices, required=False)
    min_nights = StrictIntegerField(min_value=1, max_value=MAX_NIGHTS, required=False)
    max_nights = StrictIntegerField(min_value=1, max_value=MAX_NIGHTS, required=False)
    lead_time_hours = StrictIntegerField(min_value=0, max_value=8760, required=False)
    booking_window_days = StrictIntegerField(min_value=0, max_value=3650, required=False)
    mode = serializers.ChoiceField(MODES, required=False)
    acceptance = serializers.ChoiceField(Listing.Acceptance.choices, required=False)
    answer_within_hours = StrictIntegerField(min_value=1, max_value=168, required=False)
    max_adults = StrictIntegerField(min_value=1, max_value=1000, required=False, allow_null=True)
    max_children = StrictIntegerField(min_value=0, max_value=1000, required=False, allow_null=True)
    infants_beside = StrictIntegerField(min_value=0, max_value=100, required=False)
    min_guest_age = StrictIntegerField(min_value=0, max_value=18, required=False)
    cut_off_time = serializers.TimeField(input_formats=["%H:%M"], required=False, allow_null=True)
    turnover_days = StrictIntegerField(min_value=0, max_value=30, required=False)
    arrival_weekdays = WeekdaysField(required=False, allow_null=True)
    departure_weekdays = WeekdaysField(required=False, allow_null=True)


class NightPricesInput(StrictSerializer):
    price = MoneyField(allow_null=True, help_text="null gives the nights back to the rate plan.")
    last_night = StrictDateField()
    first_night = StrictDateField()
    label = TextField(max_length=60, required=False, allow_blank=True)


class BlockInput(StrictSerializer):
    check_in = StrictDateField()
    check_out = StrictDateField()
    note = TextField(max_length=200, required=False, allow_blank=True)


class CompanyInput(StrictSerializer):
    company_id = serializers.UUIDField()


class TierInput(StrictSerializer):
    hours_before = StrictIntegerField(min_value=0, max_value=24 * 365)
    basis_points = StrictIntegerField(min_value=0, max_value=WHOLE)


class PolicyInput(CompanyInput):
    name = TextField(max_length=60)
    tiers = TierInput(many=True, max_length=20)


class TaxInput(CompanyInput):
    code = serializers.RegexField(r"^[a-z0-9-]{1,40}$")
    label = TextField(max_length=100)
    kind = serializers.ChoiceField([kind.value for kind in TaxKind])
    basis_points = StrictIntegerField(min_value=0, max_value=WHOLE, required=False)
    amount_minor = StrictIntegerField(min_value=0, max_value=10**12, required=False)
    exempt_below_age = StrictIntegerField(min_value=0, max_value=120, required=False)
    max_nights = StrictIntegerField(min_value=1, max_value=MAX_NIGHTS, required=False, allow_null=True)
    on_cleaning = serializers.BooleanField(required=False)


class ListingsView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_listings_create", request=ListingInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, property_id: UUID) -> Response:
        """Sell a unit, any unit of a type, or (neither) the whole property. A draft until published."""
        facts = ListingFacts(**self.body(ListingInput))
        return Response(
            listing_answer(create_listing(actor=self.actor, property_id=property_id, facts=facts)), status=201
        )


class ListingView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_listings_retrieve", responses=OpenApiTypes.OBJECT, tags=["host"])
    def get(self, request: Request, listing_id: UUID) -> Response:
        """A listing and its rate plan, published or not."""
        listing = host_listing(actor=self.actor, listing_id=listing_id)
        plan = host_rate_plan(listing=listing)
        return Response({**listing_answer(listing), "rate_plan": None if plan is None else rate_plan_answer(plan)})

    @extend_schema(
        operation_id="host_listings_update", request=ListingInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def patch(self, request: Request, listing_id: UUID) -> Response:
        """Change a listing; what is not given stays."""
        given = self.body(ListingInput, partial=True)
        now = facts_of_listing(host_listing(actor=self.actor, listing_id=listing_id))
        changed = update_listing(actor=self.actor, listing_id=listing_id, facts=replace(now, **given))
        return Response(listing_answer(changed))


class PublishView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_listings_publish", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    def post(self, request: Request, listing_id: UUID) -> Response:
        """Show the listing, and its property, to the world. Needs a unit in use and a rate plan (409)."""
        return Response(listing_answer(offer_listing(actor=self.actor, listing_id=listing_id)))


class PauseView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_listings_pause", request=None, responses=OpenApiTypes.OBJECT, tags=["host"])
    def post(self, request: Request, listing_id: UUID) -> Response:
        """Take the listing off the site. Bookings stay."""
        return Response(listing_answer(pause_listing(actor=self.actor, listing_id=listing_id)))


class RatePlanView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_rate_plan_set", request=RatePlanInput, responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Set what the listing costs from now on. Quotes and bookings keep their price."""
        given = self.body(RatePlanInput)
        listing = host_listing(actor=self.actor, listing_id=listing_id)
        facts = rate_plan_facts(given, listing.currency)
        set_rate_plan(actor=self.actor, listing_id=listing_id, facts=facts)
        plan = host_rate_plan(listing=listing)
        return Response(None if plan is None else rate_plan_answer(plan))


class NightPricesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_prices_set", request=NightPricesInput, responses={204: None}, tags=["host"])
    def put(self, request: Request, listing_id: UUID) -> Response:
        """Give the nights from `first_night` to `last_night` (both included) a price of their own."""
        given = self.body(NightPricesInput)
        listing = host_listing(actor=self.actor, listing_id=listing_id)
        price = given["price"]
        set_night_prices(
            actor=self.actor,
            listing_id=listing_id,
            start=given["first_night"],
            end=given["last_night"] + timedelta(days=1),
            price_minor=None if price is None else minor_of(price, listing.currency, "price"),
            label=given.get("label", ""),
        )
        return Response(status=204)


class BlocksView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_blocks_create", request=BlockInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request, listing_id: UUID) -> Response:
        """Close nights of everything that the listing sells. Taken already: 409 with reasons."""
        given = self.body(BlockInput)
        claim = block_dates(actor=self.actor, listing_id=listing_id, **given)
        return Response({"id": str(claim.id), "unit_ids": [str(unit_id) for unit_id in claim.unit_ids]}, status=201)


class BlockView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(operation_id="host_blocks_delete", responses={204: None}, tags=["host"])
    def delete(self, request: Request, claim_id: UUID) -> Response:
        """Open the nights of a block again."""
        unblock_dates(actor=self.actor, claim_id=claim_id)
        return Response(status=204)


class PoliciesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_policies_list", parameters=[CompanyInput], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The cancellation policies of a company."""
        policies, _taxes = company_terms(actor=self.actor, company_id=self.query(CompanyInput)["company_id"])
        return Response({"results": [policy_answer(policy) for policy in policies]})

    @extend_schema(
        operation_id="host_policies_create", request=PolicyInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Define a policy: each tier gives back that share until so many hours before arrival."""
        given = self.body(PolicyInput)
        tiers = [(tier["hours_before"], tier["basis_points"]) for tier in given.pop("tiers")]
        return Response(policy_answer(define_cancellation_policy(actor=self.actor, tiers=tiers, **given)), status=201)


class TaxesView(Endpoint):
    permission_classes = [CompanyCaller]

    @extend_schema(
        operation_id="host_taxes_list", parameters=[CompanyInput], responses=OpenApiTypes.OBJECT, tags=["host"]
    )
    def get(self, request: Request) -> Response:
        """The taxes of a company."""
        _policies, taxes = company_terms(actor=self.actor, company_id=self.query(CompanyInput)["company_id"])
        return Response({"results": [tax_answer(tax) for tax in taxes]})

    @extend_schema(
        operation_id="host_taxes_create", request=TaxInput, responses={201: OpenApiTypes.OBJECT}, tags=["host"]
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Define a percentage of the price, or an amount (minor units) per person and night."""
        given = self.body(TaxInput)
        company_id = given.pop("company_id")
        tax = define_tax(actor=self.actor, company_id=company_id, terms=TaxTerms(**given))
        return Response(tax_answer(tax), status=201)


def listing_answer(listing: Listing) -> dict[str, Any]:
    facts = facts_of_listing(listing)
    return {
        "id": str(listing.pk),
        "property_id": str(listing.property_id),
        "slug": listing.slug,
        "mode": listing.mode,
        "status": listing.status,
        **{each.name: getattr(facts, each.name) for each in fields(facts)},
        "cut_off_time": None if facts.cut_off_time is None else facts.cut_off_time.strftime("%H:%M"),
    }


def policy_answer(policy: CancellationPolicy) -> dict[str, Any]:
    return {"id": str(policy.pk), "name": policy.name, "tiers": policy.tiers}


def tax_answer(tax: Tax) -> dict[str, Any]:
    names = ("code", "label", "kind", "basis_points", "amount_minor", "exempt_below_age", "max_nights", "on_cleaning")
    return {"id": str(tax.pk), **{name: getattr(tax, name) for name in names}}


urlpatterns = [
    path("host/properties/<uuid:property_id>/listings/", ListingsView.as_view(), name="host-listings"),
    path("host/listings/<uuid:listing_id>/", ListingView.as_view(), name="host-listing"),
    path("host/listings/<uuid:listing_id>/publish/", PublishView.as_view(), name="host-listing-publish"),
    path("host/listings/<uuid:listing_id>/pause/", PauseView.as_view(), name="host-listing-pause"),
    path("host/listings/<uuid:listing_id>/rate-plan/", RatePlanView.as_view(), name="host-rate-plan"),
    path("host/listings/<uuid:listing_id>/prices/", NightPricesView.as_view(), name="host-prices"),
    path("host/listings/<uuid:listing_id>/blocks/", BlocksView.as_view(), name="host-blocks"),
    path("host/blocks/<uuid:claim_id>/", BlockView.as_view(), name="host-block"),
    path("host/cancellation-policies/", PoliciesView.as_view(), name="host-policies"),
    path("host/taxes/", TaxesView.as_view(), name="host-taxes"),
]
