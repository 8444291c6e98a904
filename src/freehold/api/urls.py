"""Addresses below /api/."""

from django.urls import include, path, re_path

from freehold.api.reference import Description, Redoc, Swagger
from freehold.api.views import NoSuchAddress

urlpatterns = [
    path("schema/", Description.as_view(), name="api-schema"),
    path("schema/swagger-ui/", Swagger.as_view(), name="api-swagger-ui"),
    path("schema/redoc/", Redoc.as_view(), name="api-redoc"),
    path("docs/", Swagger.as_view(), name="api-docs"),
    path("v1/", include("freehold.api.v1.urls")),
    path("", include("freehold.api.compat.urls")),
    re_path(r"^.*$", NoSuchAddress.as_view(), name="api-no-such-address"),
]
