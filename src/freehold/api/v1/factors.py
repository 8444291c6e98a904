"""Second factors: the further step of signing in, step-up, and what somebody has set up."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.accounts.factor_forms import MAX_CODE, MAX_NAME
from freehold.accounts.selectors import factors_of
from freehold.accounts.services import passkeys, recovery_codes, set_up_totp
from freehold.accounts.services import step_up as proof
from freehold.accounts.services.finish_sign_in import finish_sign_in, offer_passkey
from freehold.accounts.services.sign_in_with_passkey import begin_passkey_sign_in, sign_in_with_passkey
from freehold.api.permissions import SignedIn
from freehold.api.serializers import StrictSerializer, TextField
from freehold.api.v1 import examples
from freehold.api.v1.auth import OpenEndpoint, PasswordField, TokenEndpoint, TokenPairOutput
from freehold.api.v1.auth_cookie import EXAMPLE as EXAMPLE_COOKIES
from freehold.api.v1.auth_cookie import CookiesOutput, InCookies
from freehold.api.views import Endpoint, caller_of
from freehold.core.errors import BadInput

MAX_PENDING = 500


class CredentialField(serializers.JSONField):
    """What `navigator.credentials` gave, as its `toJSON()` writes it."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict) or not isinstance(value.get("response"), dict):
            raise serializers.ValidationError("This is no credential.", code="invalid")
        return value


class PendingInput(StrictSerializer):
    pending_token = TextField(max_length=MAX_PENDING)


class FinishInput(PendingInput):
    code = TextField(max_length=MAX_CODE, required=False, help_text="Of the app, or a recovery code.")
    credential = CredentialField(required=False, help_text="The answer of a passkey.")


class PasskeySignInInput(PendingInput):
    credential = CredentialField()


class ProofInput(StrictSerializer):
    password = PasswordField()
    code = TextField(max_length=MAX_CODE)
    credential = CredentialField()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.required = False
        return dict(fields)


class CodeInput(StrictSerializer):
    code = TextField(max_length=MAX_CODE)


class NewPasskeyQuestion(StrictSerializer):
    is_passwordless = serializers.BooleanField(default=True, help_text="May sign in without a password.")


class NewPasskeyInput(NewPasskeyQuestion):
    name = TextField(max_length=MAX_NAME, required=False, allow_blank=True)
    credential = CredentialField()


class NameInput(StrictSerializer):
    name = TextField(max_length=MAX_NAME)


class OptionsOutput(StrictSerializer):
    options = serializers.JSONField(help_text="For `navigator.credentials`; binary values are base64url.")


class PasskeyQuestionOutput(OptionsOutput):
    pending_token = serializers.CharField()


class SecretOutput(StrictSerializer):
    secret = serializers.CharField()
    url = serializers.CharField(help_text="otpauth://")
    svg = serializers.CharField(help_text="The link as a QR code.")


class FactorOutput(StrictSerializer):
    id = serializers.IntegerField()
    type = serializers.ChoiceField([kind.value for kind in Authenticator.Type])
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    unused_codes = serializers.IntegerField(allow_null=True)


class FactorsOutput(StrictSerializer):
    results = FactorOutput(many=True)


class RecoveryCodesOutput(StrictSerializer):
    codes = serializers.ListField(child=serializers.CharField())


EXAMPLE_CODE = OpenApiExample("Code", {"pending_token": "gAAAAABpIG…", "code": "492039"}, request_only=True)
DONE = OpenApiResponse(description="Done.")


class FinishSignIn(TokenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="finish_sign_in",
        request=FinishInput,
        responses=TokenPairOutput,
        tags=["auth"],
        examples=[EXAMPLE_CODE, examples.TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Go on where signing in answered 401 `further_step_required`, with its `pending_token` and a code or passkey.

        A code is good once. Five wrong ones meet pauses that grow (429, `Retry-After`).
        """
        given = self.body(FinishInput)
        _require_one(given, "code", "credential")
        return self.give(finish_sign_in(request=request._request, **given))


class FinishOptions(OpenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="finish_sign_in_options",
        request=PendingInput,
        responses=OptionsOutput,
        tags=["auth"],
        examples=[examples.PENDING_ONLY, examples.ASK_PASSKEY],
    )
    def post(self, request: Request) -> Response:
        """What to ask the browser for, when the second step is to be a passkey."""
        return Response({"options": offer_passkey(request=request._request, **self.body(PendingInput))})


class PasskeyOptions(OpenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="passkey_options",
        request=None,
        responses=PasskeyQuestionOutput,
        tags=["auth"],
        examples=[examples.ASK_ANY_PASSKEY],
    )
    def post(self, request: Request) -> Response:
        """What to ask the browser for, to sign in with a passkey alone."""
        token, options = begin_passkey_sign_in(request=request._request)
        return Response({"pending_token": token, "options": options})


class PasskeySignIn(TokenEndpoint):
    throttle_scope = "sign_in"

    @extend_schema(
        operation_id="sign_in_with_passkey",
        request=PasskeySignInInput,
        responses=TokenPairOutput,
        tags=["auth"],
        examples=[examples.PASSKEY_ANSWER, examples.TOKENS],
    )
    def post(self, request: Request) -> Response:
        """Sign in with a passkey: no password and no second step, the passkey is both."""
        return self.give(sign_in_with_passkey(request=request._request, **self.body(PasskeySignInInput)))


class CookieFinishSignIn(InCookies, FinishSignIn):
    @extend_schema(
        operation_id="cookie_finish_sign_in",
        request=FinishInput,
        responses=CookiesOutput,
        tags=["auth"],
        examples=[EXAMPLE_CODE, EXAMPLE_COOKIES],
    )
    def post(self, request: Request) -> Response:
        """The further step of `cookie/login/`, with the tokens in HttpOnly cookies."""
        return super().post(request)


class CookiePasskeySignIn(InCookies, PasskeySignIn):
    @extend_schema(
        operation_id="cookie_sign_in_with_passkey",
        request=PasskeySignInInput,
        responses=CookiesOutput,
        tags=["auth"],
        examples=[EXAMPLE_COOKIES, examples.PASSKEY_ANSWER],
    )
    def post(self, request: Request) -> Response:
        """Sign in with a passkey, with the tokens in HttpOnly cookies."""
        return super().post(request)


class Reauthenticate(Endpoint):
    permission_classes = [SignedIn]
    throttle_scope = "factor"

    @extend_schema(
        operation_id="reauthenticate",
        request=ProofInput,
        responses={204: OpenApiResponse(description="For five minutes this session may do what is sensitive.")},
        tags=["auth"],
        examples=[OpenApiExample("Password", {"password": "a long sentence"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Prove again who is calling, after a 403 `reauthentication_required`; with one of its `methods`."""
        given = self.body(ProofInput)
        _require_one(given, "password", "code", "credential")
        proof.step_up(caller=caller_of(request), **given)
        return Response(status=204)


class ReauthenticateOptions(Endpoint):
    permission_classes = [SignedIn]
    throttle_scope = "factor"

    @extend_schema(
        operation_id="reauthenticate_options",
        request=None,
        responses=OptionsOutput,
        tags=["auth"],
        examples=[examples.ASK_PASSKEY],
    )
    def post(self, request: Request) -> Response:
        """What to ask the browser for, to prove it with a passkey."""
        return Response({"options": proof.offer_passkey_for_step_up(caller=caller_of(request))})


class Factors(Endpoint):
    permission_classes = [SignedIn]

    @extend_schema(operation_id="list_factors", responses=FactorsOutput, tags=["auth"], examples=[examples.FACTORS])
    def get(self, request: Request) -> Response:
        """What I have set up: app, passkeys, recovery codes."""
        return Response(FactorsOutput({"results": factors_of(user=caller_of(request).user)}).data)


class SensitiveEndpoint(Endpoint):
    """Only for somebody who has just proved who is calling."""

    permission_classes = [SignedIn]
    throttle_scope = "factor"
    step_up = ("get", "post", "patch", "delete")


class TotpSecret(SensitiveEndpoint):
    @extend_schema(
        operation_id="begin_totp", request=None, responses=SecretOutput, tags=["auth"], examples=[examples.APP_SECRET]
    )
    def post(self, request: Request) -> Response:
        """A new secret for an authenticator app. Send a code of it to make it count."""
        new = set_up_totp.begin_totp(caller=caller_of(request))
        return Response({"secret": new.secret, "url": new.url, "svg": new.svg})


class Totp(SensitiveEndpoint):
    @extend_schema(
        operation_id="activate_totp",
        request=CodeInput,
        responses={201: RecoveryCodesOutput},
        tags=["auth"],
        examples=[examples.APP_CODE, examples.NEW_CODES],
    )
    def post(self, request: Request) -> Response:
        """Activate the app with its first code. The answer are the recovery codes: keep them elsewhere."""
        caller = caller_of(request)
        set_up_totp.activate_totp(caller=caller, **self.body(CodeInput))
        return Response({"codes": recovery_codes.show_recovery_codes(caller=caller)}, status=201)

    @extend_schema(operation_id="deactivate_totp", responses={204: DONE}, tags=["auth"])
    def delete(self, request: Request) -> Response:
        """Signing in does not ask for codes of the app any more."""
        set_up_totp.deactivate_totp(caller=caller_of(request))
        return Response(status=204)


class RecoveryCodes(SensitiveEndpoint):
    @extend_schema(
        operation_id="show_recovery_codes", responses=RecoveryCodesOutput, tags=["auth"], examples=[examples.CODES]
    )
    def get(self, request: Request) -> Response:
        """My recovery codes that are not used yet."""
        return Response({"codes": recovery_codes.show_recovery_codes(caller=caller_of(request))})

    @extend_schema(
        operation_id="renew_recovery_codes",
        request=None,
        responses={201: RecoveryCodesOutput},
        tags=["auth"],
        examples=[examples.NEW_CODES],
    )
    def post(self, request: Request) -> Response:
        """New recovery codes; those of before are void."""
        return Response({"codes": recovery_codes.renew_recovery_codes(caller=caller_of(request))}, status=201)


class NewPasskeyOptions(SensitiveEndpoint):
    @extend_schema(
        operation_id="new_passkey_options",
        request=NewPasskeyQuestion,
        responses=OptionsOutput,
        tags=["auth"],
        examples=[examples.PASSWORDLESS, examples.MAKE_PASSKEY],
    )
    def post(self, request: Request) -> Response:
        """What to ask the browser for, to make a passkey."""
        given = self.body(NewPasskeyQuestion)
        return Response({"options": passkeys.begin_passkey(caller=caller_of(request), **given)})


class Passkeys(SensitiveEndpoint):
    @extend_schema(
        operation_id="add_passkey",
        request=NewPasskeyInput,
        responses={201: FactorOutput},
        tags=["auth"],
        examples=[examples.NEW_PASSKEY, examples.KEPT_PASSKEY],
    )
    def post(self, request: Request) -> Response:
        """Keep the passkey that the browser has made."""
        given = {"name": "", **self.body(NewPasskeyInput)}
        passkeys.add_passkey(caller=caller_of(request), **given)
        return Response(FactorOutput(factors_of(user=caller_of(request).user)[-1]).data, status=201)


class Passkey(SensitiveEndpoint):
    @extend_schema(
        operation_id="rename_passkey",
        request=NameInput,
        responses=OpenApiTypes.OBJECT,
        tags=["auth"],
        examples=[examples.PASSKEY_NAME, examples.PASSKEY_NAMED],
    )
    def patch(self, request: Request, passkey_id: int) -> Response:
        """Give it another name."""
        passkeys.rename_passkey(caller=caller_of(request), passkey_id=passkey_id, **self.body(NameInput))
        return Response({"id": passkey_id, **self.body(NameInput)})

    @extend_schema(operation_id="remove_passkey", responses={204: DONE}, tags=["auth"])
    def delete(self, request: Request, passkey_id: int) -> Response:
        """It signs nobody in any more."""
        passkeys.remove_passkey(caller=caller_of(request), passkey_id=passkey_id)
        return Response(status=204)


def _require_one(given: dict[str, Any], *names: str) -> None:
    if len(given.keys() & set(names)) != 1:
        raise BadInput(f"Give one of: {', '.join(names)}.", code="one_of", attr=names[0])


urlpatterns = [
    path("auth/mfa/authenticate/", FinishSignIn.as_view(), name="mfa-authenticate"),
    path("auth/mfa/authenticate/options/", FinishOptions.as_view(), name="mfa-authenticate-options"),
    path("auth/passkey/options/", PasskeyOptions.as_view(), name="passkey-options"),
    path("auth/passkey/login/", PasskeySignIn.as_view(), name="passkey-login"),
    path("auth/cookie/mfa/authenticate/", CookieFinishSignIn.as_view(), name="cookie-mfa-authenticate"),
    path("auth/cookie/passkey/login/", CookiePasskeySignIn.as_view(), name="cookie-passkey-login"),
    path("auth/reauthenticate/", Reauthenticate.as_view(), name="reauthenticate"),
    path("auth/reauthenticate/options/", ReauthenticateOptions.as_view(), name="reauthenticate-options"),
    path("auth/mfa/authenticators/", Factors.as_view(), name="mfa-authenticators"),
    path("auth/mfa/totp/secret/", TotpSecret.as_view(), name="mfa-totp-secret"),
    path("auth/mfa/totp/", Totp.as_view(), name="mfa-totp"),
    path("auth/mfa/recovery-codes/", RecoveryCodes.as_view(), name="mfa-recovery-codes"),
    path("auth/mfa/passkeys/options/", NewPasskeyOptions.as_view(), name="mfa-passkeys-options"),
    path("auth/mfa/passkeys/", Passkeys.as_view(), name="mfa-passkeys"),
    path("auth/mfa/passkeys/<int:passkey_id>/", Passkey.as_view(), name="mfa-passkey"),
]
