"""The base of every address of the API."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from freehold.accounts.impersonating import is_personal
from freehold.accounts.models import User
from freehold.accounts.own_session import Caller
from freehold.accounts.step_up import StepUpRequired, require_step_up
from freehold.api.permissions import Anyone
from freehold.api.serializers import validated
from freehold.core.actor import Actor, KeyGrant
from freehold.core.errors import NotFound


@method_decorator(conditional_page, name="dispatch")
class Endpoint(APIView):
    """A view that reads its input strictly and hands an `Actor` to a service.

    Answers to GET carry an ETag, and are never kept by a shared cache: who asks decides what is shown.
    `step_up` are the methods that only a caller may use who has just proved again who is calling, as in {"post"}.
    """

    step_up: ClassVar[Collection[str]] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if is_personal(request.method or "", request.path):
            self.actor.require_own_hand()
        if (request.method or "").lower() in self.step_up:
            caller = caller_of(request)
            require_step_up(user=caller.user, session=caller.session())

    @property
    def actor(self) -> Actor:
        key = self.request.auth
        return Actor.of_key(key) if isinstance(key, KeyGrant) else Actor.of(self.request.user)

    def body(self, serializer: type[serializers.BaseSerializer[Any]], **options: Any) -> Any:
        """The validated body. Raises the framework's ValidationError (400)."""
        return validated(serializer, self.request.data, **options)

    def query(self, serializer: type[serializers.BaseSerializer[Any]], **options: Any) -> Any:
        """The validated query string; unknown and repeated parameters are refused (400)."""
        return validated(serializer, self.request.query_params, **options)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response


def caller_of(request: Request) -> Caller:
    """Who is signed in, with the token that says so. Raises StepUpRequired for a caller who is no person."""
    if not isinstance(request.user, User):
        raise StepUpRequired("Only a person who is signed in can do this.")
    token = request.auth if isinstance(request.auth, AccessToken) else None
    return Caller(request._request, request.user, token)


class NoSuchAddress(Endpoint):
    """Every path below /api/ that nothing else answers."""

    permission_classes = [Anyone]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise NotFound("There is nothing at this address. Addresses of the API end with a slash.")
