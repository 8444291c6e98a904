"""What the web server's worker processes load: the plain design, tied to the life of the server's main process."""

from freehold.cli.lifeline import die_with_parent

die_with_parent()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - tied before anything slow is imported

application = get_wsgi_application()
