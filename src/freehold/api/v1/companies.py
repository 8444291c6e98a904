"""The companies that the caller works in."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer
from freehold.api.views import Endpoint
from freehold.companies.selectors import memberships_of


class MembershipOutput(StrictSerializer):
    id = serializers.CharField(source="company_id")
    name = serializers.CharField()
    slug = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    role = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())


class MembershipsOutput(StrictSerializer):
    results = MembershipOutput(many=True)


class Companies(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="list_my_companies", responses=MembershipsOutput, tags=["companies"])
    def get(self, request: Request) -> Response:
        """The companies that I work in, with my role and what it permits."""
        return Response(MembershipsOutput({"results": memberships_of(user=request.user)}).data)


urlpatterns = [path("companies/", Companies.as_view(), name="companies")]
