"""What the independent checker asks about damage deposits and held money: name, promise, and what would be wrong."""

DEPOSIT_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "deposits_come_to_an_end",
        "No deposit is still open days after it was to go back, unless a person is looking at it.",
        """
        SELECT b.reference, d.state FROM bookings_damagedeposit AS d JOIN bookings_booking AS b ON b.id = d.booking_id
         WHERE d.state IN ('planned', 'asked', 'held', 'lapsed', 'claimed')
           AND least(b.ends_at, coalesce(b.checked_out_at, b.ends_at)) < timestamptz '9000-01-01'
           AND least(b.ends_at, coalesce(b.checked_out_at, b.ends_at)) + make_interval(days => d.return_days + 2)
               < freehold_now()
           AND NOT EXISTS (SELECT 1 FROM payments_payment AS p JOIN payments_reviewitem AS i ON i.payment_id = p.id
                            WHERE p.folio_id = d.folio_id AND i.resolved_at IS NULL)
        """,
    ),
    (
        "deposits_held_are_owed",
        "What the books owe guests for deposits is what was charged for them, and neither went back nor was kept.",
        """
        SELECT f.reference, d.state, coalesce(l.total, 0) AS ledger, coalesce(s.total, 0) AS settled, d.kept_minor
          FROM bookings_damagedeposit AS d
          JOIN finance_folio AS f ON f.id = d.folio_id
          LEFT JOIN (SELECT e.folio_id, -sum(o.amount_minor) AS total FROM finance_posting AS o
                       JOIN finance_journalentry AS e ON e.id = o.entry_id
                       JOIN finance_account AS a ON a.id = o.account_id
                      WHERE a.code = 'deposits_held' GROUP BY e.folio_id) AS l ON l.folio_id = d.folio_id
          LEFT JOIN (SELECT folio_id, sum(settled_minor) AS total FROM finance_receivable
                      GROUP BY folio_id) AS s ON s.folio_id = d.folio_id
         WHERE coalesce(l.total, 0) <> coalesce(s.total, 0) - d.kept_minor
           AND NOT EXISTS (SELECT 1 FROM payments_payment AS p JOIN payments_reviewitem AS i ON i.payment_id = p.id
                            WHERE p.folio_id = d.folio_id AND i.resolved_at IS NULL)
        """,
    ),
    (
        "damage_is_income_once",
        "What was kept of a deposit is the income that the books have of it, and was claimed.",
        """
        SELECT f.reference, d.kept_minor, coalesce(l.total, 0) AS ledger
          FROM bookings_damagedeposit AS d
          JOIN finance_folio AS f ON f.id = d.folio_id
          LEFT JOIN (SELECT e.folio_id, -sum(o.amount_minor) AS total FROM finance_posting AS o
                       JOIN finance_journalentry AS e ON e.id = o.entry_id
                       JOIN finance_account AS a ON a.id = o.account_id
                      WHERE a.code = 'damage_income' GROUP BY e.folio_id) AS l ON l.folio_id = d.folio_id
         WHERE coalesce(l.total, 0) <> d.kept_minor OR (d.kept_minor > 0) <> (d.state = 'kept')
        """,
    ),
    (
        "held_deposits_are_held",
        "A deposit that is held has a payment that holds it: authorised and not let go, or paid.",
        """
        SELECT b.reference, d.method, p.state, p.let_go_at FROM bookings_damagedeposit AS d
          JOIN bookings_booking AS b ON b.id = d.booking_id
          LEFT JOIN payments_payment AS p ON p.id = d.payment_id
         WHERE d.state = 'held'
           AND CASE WHEN d.method = 'authorization'
                    THEN p.state IS DISTINCT FROM 'authorized' OR p.let_go_at IS NOT NULL
                    ELSE p.received_minor IS NULL OR p.received_minor = 0 END
        """,
    ),
    (
        "nothing_is_held_for_nobody",
        "What banks still hold belongs to a booking or deposit that stands, is being taken, or is being let go.",
        """
        SELECT p.id, f.reference, f.kind FROM payments_payment AS p JOIN finance_folio AS f ON f.id = p.folio_id
          LEFT JOIN bookings_booking AS b ON b.folio_id = f.id
          LEFT JOIN bookings_damagedeposit AS d ON d.folio_id = f.id
         WHERE p.state = 'authorized' AND p.capture = 'manual' AND p.let_go_at IS NULL AND p.capture_minor IS NULL
           AND (b.state IN ('expired', 'cancelled', 'declined', 'no_show')
                OR d.state IN ('released', 'kept', 'waived', 'dropped'))
        """,
    ),
)
