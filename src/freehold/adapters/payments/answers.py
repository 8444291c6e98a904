"""Reading what gateways answer: whatever is missing or strange in it is no snapshot, and no exception of ours."""

from collections.abc import Callable

from freehold.ports.payment_gateway import Retryable, Unknown

LACKING = "the gateway's answer lacks what it should have"


def well_formed[Result](translate: Callable[[], Result]) -> Result | None:
    """The translation, or None when the body lacks something or says something that we do not know."""
    try:
        return translate()
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, StopIteration):
        return None


def written[Body, Result](translate: Callable[[Body], Result], body: Body) -> Result:
    """Of a call that may have changed something. Raises Unknown."""
    result = well_formed(lambda: translate(body))
    if result is None:
        raise Unknown(LACKING)
    return result


def read[Body, Result](translate: Callable[[Body], Result], body: Body) -> Result:
    """Of a question. Raises Retryable."""
    result = well_formed(lambda: translate(body))
    if result is None:
        raise Retryable(LACKING)
    return result
