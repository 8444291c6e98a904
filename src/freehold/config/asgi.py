"""Entry point for an ASGI server. HTTP is served by WSGI, which was measured several times faster."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
