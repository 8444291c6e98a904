"""Addresses below /api/."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from freehold.api.views import NoSuchAddress

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="api/docs.html"),
        name="api-docs",
    ),
    path("v1/", include("freehold.api.v1.urls")),
    path("", include("freehold.api.compat.urls")),
    re_path(r"^.*$", NoSuchAddress.as_view(), name="api-no-such-address"),
]
