"""Production does not start on accounts whose passwords are printed in the manual."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from freehold.config import startup
from freehold.config.env import BadEnvironment, Mode


@pytest.fixture
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ENV = settings.ENV.model_copy(update={"mode": Mode.PRODUCTION})
    # The check closes its connection; a test's transaction must outlive it.
    monkeypatch.setattr(startup.connection, "close", lambda: None)


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_demo_account_keeps_production_from_starting() -> None:
    get_user_model().objects.create_user("admin@example.com", is_demo=True)

    with pytest.raises(BadEnvironment, match="1 demo account"):
        startup.refuse_demo_accounts()


@pytest.mark.django_db
@pytest.mark.usefixtures("production")
def test_real_accounts_may_start() -> None:
    get_user_model().objects.create_user("owner@example.com")

    startup.refuse_demo_accounts()


@pytest.mark.django_db
def test_demo_mode_may_have_demo_accounts() -> None:
    get_user_model().objects.create_user("admin@example.com", is_demo=True)

    startup.refuse_demo_accounts()
