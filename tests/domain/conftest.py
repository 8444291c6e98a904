"""Pure rules are tested with generated input; few examples each, so that all of it runs in seconds."""

from hypothesis import settings

settings.register_profile("default", max_examples=80, deadline=None)
settings.load_profile("default")
