"""HTTP entry point: granian's threads serve `application`. The settings module comes from the environment."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
