from django.apps import AppConfig
from django.core import checks


class AccountsConfig(AppConfig):
    name = "freehold.accounts"
    label = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import _add_email, user_logged_in
        from allauth.mfa.signals import on_add_email
        from allauth.usersessions.signals import on_user_logged_in

        from freehold.accounts import library_limits
        from freehold.accounts.checks import check_factors, check_no_demo_accounts, check_social, check_tokens
        from freehold.accounts.sessions import note_session

        library_limits.install()
        # It refuses further addresses to whoever has a second factor. Here they are added after a fresh proof.
        _add_email.disconnect(on_add_email)
        user_logged_in.disconnect(on_user_logged_in)
        user_logged_in.connect(note_session)
        checks.register(checks.Tags.security)(check_tokens)
        checks.register(checks.Tags.security)(check_factors)
        checks.register(checks.Tags.security)(check_social)
        checks.register(check_no_demo_accounts, checks.Tags.database)  # type: ignore[call-overload]
