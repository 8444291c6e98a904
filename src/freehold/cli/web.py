"""What the web server's worker processes load: the site, tied to the life of the server's main process."""

from freehold.cli.lifeline import die_with_parent

die_with_parent()

from freehold.config.wsgi import application  # noqa: E402 - tied before anything slow is imported

__all__ = ["application"]
