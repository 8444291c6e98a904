"""Somebody wants a code by text message: to sign in or sign up, or to prove a number that is to be theirs."""

from freehold.accounts import phone_codes
from freehold.accounts.models import PhoneCode
from freehold.accounts.phones import read_phone
from freehold.core.actor import Actor


def request_sign_in_code(*, phone: str, address: str, region: str = "") -> str:
    """Sends a code to `phone`, whether an account has this number or not. Returns the number in E.164.

    `region` is the country of a number without its code, when that is not the installation's.
    Raises BadInput for a number that gets no codes, and TooManyRequests (see `sms_budget`) by number, address, range,
    country and day.
    """
    number = read_phone(phone, region=region)
    phone_codes.issue(phone=number, purpose=PhoneCode.Purpose.SIGN_IN, address=address)
    return number.e164


def request_change_code(*, actor: Actor, phone: str, address: str) -> str:
    """Sends a code that lets the actor take `phone` as their own. Answers and raises as `request_sign_in_code`.

    Whether somebody else has the number is told only to who proved to hold it.
    """
    actor.own_hand()
    number = read_phone(phone)
    phone_codes.issue(phone=number, purpose=PhoneCode.Purpose.CHANGE, address=address, user=actor.user)
    return number.e164
