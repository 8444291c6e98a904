"""What must hold before a server or a worker starts on real guests' money."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import ProgrammingError, connection

from freehold.config.env import BadEnvironment, Environment


def refuse_demo_accounts() -> None:
    """In production, accounts whose passwords are printed in the manual keep the system from starting."""
    env: Environment = settings.ENV
    if not env.is_production:
        return
    try:
        demo = get_user_model().objects.filter(is_demo=True).count()
    except ProgrammingError:
        return  # no tables yet: no accounts
    finally:
        connection.close()
    if demo:
        raise BadEnvironment([f"the database holds {demo} demo account(s), whose passwords are public: delete them"])
