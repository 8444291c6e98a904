"""All addresses of the site. Each surface brings its own list; this file only mounts them."""

from django.contrib import admin
from django.urls import include, path

from freehold.config import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/", include("freehold.api.urls")),
]

handler400 = "freehold.api.errors.bad_request"
handler500 = "freehold.api.errors.server_error"
