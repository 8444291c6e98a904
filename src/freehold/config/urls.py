"""All addresses of the site. Each surface brings its own list; this file only mounts them."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from freehold.config import health, media, metrics

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("admin/", admin.site.urls),
    path("accounts/", include("freehold.web.site.urls_ways")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/phone/", include("freehold.web.site.urls_phone")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("api/", include("freehold.api.urls")),
    path("media/pictures/<str:name>", media.picture, name="picture"),
    path("console/", include("freehold.web.console.urls")),
    path("", include("freehold.web.site.urls")),
]

if not settings.ENV.is_production:
    urlpatterns.append(path("dev/", include("freehold.web.site.urls_dev")))

handler400 = "freehold.config.refusals.bad_request"
handler403 = "freehold.config.refusals.access_denied"
handler404 = "freehold.config.refusals.not_found"
# Asked for by the account library.
handler429 = "freehold.config.refusals.too_many_requests"
handler500 = "freehold.config.refusals.server_error"
