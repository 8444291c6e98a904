"""Words and prices that a facts-only source does not have, composed from its facts: the same listing always
reads the same.
"""
