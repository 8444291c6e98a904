"""A whole house that is paid: our services and database, real providers, and simulators with books of their own.

    def test_something(open_inn: OpenInn) -> None:
        inn = open_inn("stripe")                    # or several: open_inn("bkash", "stripe"); the first one is usual
        booking = inn.book()                        # a hold of three nights, in the first till's currency
        payment = inn.pay(booking)                  # as the booker: an attempt, opened at the provider
        inn.act(payment, "pay")                     # what the payer does on the provider's page or telephone
        inn.deliver()                               # the messages that were sent meanwhile go through our own doors
        inn.work()                                  # and the worker reads them
        assert inn.reload(booking).state == "confirmed"
        inn.finish()                                # time passes until nothing is under way: books and ledger agree

Nothing is delivered by itself: what a simulator sends is caught with its real headers and bytes, and waits in
`inn.arrived()` for the test to deliver, repeat, reorder or lose it. The worker and the reconciler run when the test
says so. `inn.advance` moves all clocks together: ours, the providers' and the one that adapters read.

`Till` is one provider's account (`tills.py`); `Inn` is everything around (`inn.py`). Accounts are connected to a
company of the test by the service that staff use, so that keys, addresses, tokens and signatures are those of earnest.
"""
