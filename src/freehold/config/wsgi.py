"""HTTP entry point: granian's threads serve `application`. The settings module comes from the environment."""

from django.core.wsgi import get_wsgi_application

from freehold.config.startup import refuse_demo_accounts

application = get_wsgi_application()
refuse_demo_accounts()
