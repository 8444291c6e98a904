"""What the independent checker asks of pay links and of shares: name, promise, and what selects those that break it."""

LINK_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "links_are_paid_once",
        "The money of a pay link is its folio's, in its currency, and stays of one payment alone.",
        """
        SELECT k.id, 'elsewhere' AS what FROM payments_paylink AS k JOIN payments_payment AS p ON p.link_id = k.id
         WHERE (p.folio_id, p.company_id, p.currency) <> (k.folio_id, k.company_id, k.currency)
         UNION ALL
        SELECT p.link_id, 'twice' FROM payments_payment AS p
          JOIN (SELECT payment_id, sum(amount_minor) AS total FROM finance_settlement GROUP BY payment_id) AS s
            ON s.payment_id = p.id AND s.total > 0
         WHERE p.link_id IS NOT NULL GROUP BY p.link_id HAVING count(*) > 1
         UNION ALL
        SELECT k.id, 'too little' FROM payments_paylink AS k JOIN payments_payment AS p ON p.link_id = k.id
         WHERE p.announced_minor > 0 AND p.announced_minor < k.amount_minor
        """,
    ),
    (
        "shares_confirm_or_go_back",
        "A hold whose whole due amount has come is confirmed; one that ran out keeps nobody's money.",
        """
        SELECT b.reference, b.state, b.due_now_minor, sum(r.settled_minor) AS settled
          FROM bookings_booking AS b JOIN finance_receivable AS r ON r.folio_id = b.folio_id
         WHERE b.state IN ('held', 'pending_payment', 'expired', 'declined')
         GROUP BY b.id
        HAVING sum(r.settled_minor) > 0
           AND (b.state IN ('expired', 'declined') OR sum(r.settled_minor) >= b.due_now_minor)
        """,
    ),
)
