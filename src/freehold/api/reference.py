"""The API's description for programs, and two readers of it for people. All of it is served from here."""

from typing import ClassVar

from django.conf import settings
from django.utils.csp import CSP
from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

# Redoc writes its styles while it runs, and has no word of a nonce. Scripts are held as everywhere.
_REDOC_POLICY = {**settings.SECURE_CSP, "style-src": [CSP.SELF, CSP.UNSAFE_INLINE]}


class Description(SpectacularAPIView):
    """JSON, unless the caller asks for YAML: `Accept: application/yaml` or `application/vnd.oai.openapi`."""

    renderer_classes: ClassVar = [
        OpenApiJsonRenderer2,
        OpenApiJsonRenderer,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]


class Swagger(SpectacularSwaggerSplitView):
    url_name = "api-schema"
    template_name = "api/docs.html"


@method_decorator(csp_override(_REDOC_POLICY), name="dispatch")
class Redoc(SpectacularRedocView):
    url_name = "api-schema"
    template_name = "api/redoc.html"
