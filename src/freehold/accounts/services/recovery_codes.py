"""The codes for the day on which the phone is lost: each is good once."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal import flows
from django.db import IntegrityError

from freehold.accounts.own_session import Caller
from freehold.accounts.step_up import require_step_up
from freehold.core.errors import Conflict, NotFound


def show_recovery_codes(*, caller: Caller) -> list[str]:
    """Those that are not used yet. Raises StepUpRequired, NotFound."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        codes, _ = flows.view_recovery_codes(request)
        if codes is None:
            raise NotFound
        unused: list[str] = codes.get_unused_codes()
        return unused


def renew_recovery_codes(*, caller: Caller) -> list[str]:
    """New ones; those of before are void. Raises StepUpRequired, and Conflict when there is no factor to recover."""
    with caller.acting() as request:
        require_step_up(user=caller.user, session=request.session)
        if not flows.can_generate_recovery_codes(caller.user):
            raise Conflict("Set up a second factor first.", code="no_second_factor")
        try:
            authenticator: Authenticator = flows.generate_recovery_codes(request)
        except IntegrityError:
            raise Conflict("New codes were made at this moment. Look at those.", code="busy") from None
        authenticator.wrap().mark_as_viewed()
        codes: list[str] = authenticator.wrap().get_unused_codes()
        return codes
