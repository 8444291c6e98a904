"""The companies that the caller works in."""

from uuid import UUID

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer
from freehold.api.v1 import examples
from freehold.api.views import Endpoint
from freehold.companies.selectors import memberships_of
from freehold.companies.services.ask_for_second_factor import ask_for_second_factor


class MembershipOutput(StrictSerializer):
    id = serializers.CharField(source="company_id")
    name = serializers.CharField()
    slug = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    role = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    requires_second_factor = serializers.BooleanField()
    needs_second_factor = serializers.BooleanField(help_text="Set one up: until then nothing is permitted here.")


class MembershipsOutput(StrictSerializer):
    results = MembershipOutput(many=True)


class CompanyInput(StrictSerializer):
    requires_second_factor = serializers.BooleanField()


class CompanyOutput(CompanyInput):
    id = serializers.CharField()


class Companies(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(
        operation_id="list_my_companies",
        responses=MembershipsOutput,
        tags=["companies"],
        examples=[examples.MY_COMPANIES],
    )
    def get(self, request: Request) -> Response:
        """The companies that I work in, with my role and what it permits."""
        return Response(MembershipsOutput({"results": memberships_of(user=request.user)}).data)


class Company(Endpoint):
    permission_classes = [SignedIn]
    step_up = ("patch",)

    @extend_schema(
        operation_id="update_company",
        request=CompanyInput,
        responses=CompanyOutput,
        tags=["companies"],
        examples=[examples.ASK_SECOND_FACTOR, examples.COMPANY_ASKS],
    )
    def patch(self, request: Request, company_id: UUID) -> Response:
        """Whether the company asks its people for a second factor. Who asks has one: 409 `second_factor_first`."""
        is_asked = self.body(CompanyInput)["requires_second_factor"]
        company = ask_for_second_factor(actor=self.actor, company_id=company_id, is_asked=is_asked)
        return Response({"id": company.pk, "requires_second_factor": company.requires_second_factor})


urlpatterns = [
    path("companies/", Companies.as_view(), name="companies"),
    path("companies/<uuid:company_id>/", Company.as_view(), name="company"),
]
