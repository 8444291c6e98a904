"""What other rooms and surfaces may ask of this one."""

from freehold.distribution.models import DemoLoad


def loaded_demo() -> DemoLoad | None:
    """The demonstration in this database, once it is complete; None before that and where there is none."""
    return DemoLoad.objects.first()
