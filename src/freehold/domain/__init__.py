"""Pure rules of the business: standard library only, no clock, no I/O, no framework.

What time it is and what is stored come in as arguments, so that a preview and the real thing are the same
call.
"""
