"""Entry point for an ASGI server. HTTP is served by WSGI, which was measured several times faster."""

from django.core.asgi import get_asgi_application

from freehold.config.startup import refuse_demo_accounts

application = get_asgi_application()
refuse_demo_accounts()
