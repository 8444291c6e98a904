"""M-Pesa's Daraja with play money: pushes that are answered on a telephone's page, results that come by message.

Nothing is signed, messages are sent once, and outgoing money is only accepted at once: as with M-Pesa. The test desk
makes requests fail, time out in the queue, get lost or come twice.
"""
