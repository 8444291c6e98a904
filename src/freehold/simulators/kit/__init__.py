"""What every simulator shares, so that a new one is its vendor's wire format and little else.

How to write the simulator of a vendor, in the package `freehold.simulators.<name>`:

* `books.py`    the vendor's tables as SQL. `Books(path, SCHEMA)` adds the shared ones (events, deliveries, jobs,
                idempotency keys, faults, settings) and keeps the clock that tests may move.
* a module for the vendor's rules (what the sandbox calls `gateway.py`): every change of money runs inside
                `with books.transaction()`, together with `events.record(...)`, which stores the message and owes its
                deliveries in the same commit. `after=()` is a message that gets lost, `(0.0, 0.1)` comes twice.
* `api.py`      the vendor's paths. Wrap each operation in `faults.around(...)`, so that it can be told to hang,
                break or talk nonsense, before or after it took effect. Refuse with a subclass of `errors.Refusal` that
                carries the vendor's own envelope. Remember answers to repeated keys with `idempotency`.
* `pages.py`    hosted pages: `Look(title, templates_folder, books)` renders templates (`{% extends "base.html" %}`) in
                the common look, and brings `/healthz`, the delivery log with its resend buttons, and the stylesheet.
* `__main__.py` arguments of its own, and one function that builds what runs; `process.run` does the rest: one
                process per home and port, the pipe to the parent, signals, a prompt end. `simulators/__main__.py`
                lists the program, so that a demonstration can run several in one process.

                    def build(arguments: Namespace) -> Running:
                        books = Books(folder_of(arguments, "acme") / "books.sqlite3", SCHEMA)
                        courier = Courier(books, seal=seal, next_try=never_again, jobs={"expire": desk.expire})
                        return Running(app.build(routes, refusal_page=look.refused), courier)

                    PROGRAM = process.Program(NAME, "Acme simulator", build, USUAL_PORT)

                    if __name__ == "__main__":
                        process.run(PROGRAM, sys.argv[1:])

                `seal` turns a row of an owed delivery into the `Letter` that goes out now: address, headers with the
                vendor's signature, and body. `jobs` are changes that were planned with `books.schedule(...)`.
* `/control/`   `control.routes(...)`: plan faults, move the clock, read all books and the delivery log, resend;
                add what only your vendor's test desk can do (disputes, credits out of nowhere).

One process, one thread, one SQLite connection: operations are plain functions that never wait, called from async
endpoints. `freehold simulate` finds a simulator by its `__main__.py`.
"""
