"""Three older APIs, as thin translations: old shape, the same service, old shape.

No rule, no state, no model access here: what the rooms refuse is refused, and what they lack is added to them.
docs/compat.md says for every address and field of them what it is here.
"""
