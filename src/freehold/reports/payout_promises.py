"""What the independent checker asks about money that is paid out: name, promise, and what would be wrong."""

PAYOUT_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "nobody_approved_their_own",
        "Whoever drafted, changed or submitted a payment out has not approved it, nor set where it goes alone.",
        """
        SELECT o.reference, o.state FROM finance_outgoing AS o JOIN finance_payeedestination AS d
            ON d.id = o.destination_id
         WHERE o.approved_by_id = ANY (o.makers) OR NOT o.created_by_id = ANY (o.makers)
            OR (o.state NOT IN ('draft', 'submitted', 'cancelled')
                AND (o.approved_by_id IS NULL OR d.confirmed_by_id IS NULL OR d.confirmed_by_id = d.set_by_id))
            OR EXISTS (SELECT 1 FROM finance_outgoinghistory AS h
                        WHERE h.pgh_obj_id = o.id AND NOT h.makers <@ o.makers)
        """,
    ),
    (
        "paid_out_is_in_the_books",
        "What was paid out has its entry of the same amount, and one of its return if it came back; nothing else has.",
        """
        SELECT o.reference, o.state, o.amount_minor, coalesce(l.total, 0) AS ledger
          FROM finance_outgoing AS o
          LEFT JOIN LATERAL (
              SELECT sum(p.amount_minor) AS total, count(*) AS lines
                FROM finance_journalentry AS e
                JOIN finance_posting AS p ON p.entry_id = e.id AND p.currency = o.currency
                JOIN finance_account AS a ON a.id = p.account_id
                     AND a.code = CASE o.kind WHEN 'payout' THEN 'owner_payable' ELSE 'expenses' END
               WHERE e.company_id = o.company_id AND e.payee_id = o.payee_id
                 AND e.key IN ('outgoing:' || o.id || ':paid', 'outgoing:' || o.id || ':returned')) AS l ON true
         WHERE coalesce(l.total, 0) <> CASE WHEN o.state = 'paid' THEN o.amount_minor ELSE 0 END
            OR l.lines <> CASE o.state WHEN 'paid' THEN 1 WHEN 'returned' THEN 2 ELSE 0 END
        """,
    ),
    (
        "transfers_are_what_was_approved",
        "A transfer has the amount, the currency and the end of the payment that was approved.",
        """
        SELECT o.reference, o.state, t.state AS transfer FROM payments_transfer AS t
          JOIN finance_outgoing AS o ON o.id = t.outgoing_id
         WHERE (t.amount_minor, t.currency, t.company_id) IS DISTINCT FROM (o.amount_minor, o.currency, o.company_id)
            OR o.state <> CASE WHEN t.state = 'paid' THEN 'paid'
                               WHEN t.state IN ('failed', 'reversed', 'cancelled')
                                    THEN CASE WHEN t.paid_at IS NULL THEN 'failed' ELSE 'returned' END
                               ELSE 'sending' END
         UNION ALL
        SELECT o.reference, o.state, NULL FROM finance_outgoing AS o
         WHERE o.state IN ('sending', 'paid', 'failed', 'returned')
           AND NOT EXISTS (SELECT 1 FROM payments_transfer AS t WHERE t.outgoing_id = o.id)
        """,
    ),
    (
        "one_debt_is_paid_once",
        "What is paid once more, because it failed or came back, was not paid after all.",
        """
        WITH RECURSIVE pays AS (
            SELECT o.id AS again, o.replaces_id AS first FROM finance_outgoing AS o WHERE o.replaces_id IS NOT NULL
             UNION
            SELECT p.again, o.replaces_id FROM pays AS p JOIN finance_outgoing AS o ON o.id = p.first
             WHERE o.replaces_id IS NOT NULL)
        SELECT a.reference, a.state, b.reference AS again, b.state AS again_state, b.payee_id
          FROM pays JOIN finance_outgoing AS a ON a.id = pays.first JOIN finance_outgoing AS b ON b.id = pays.again
         WHERE b.state IN ('approved', 'sending', 'paid') AND a.state NOT IN ('failed', 'returned')
            OR a.payee_id <> b.payee_id
        """,
    ),
    (
        "owners_get_no_more_than_they_are_due",
        "What an owner was paid and is promised is covered by what the owner was due, unless a person looks at it.",
        """
        SELECT y.id, y.name, coalesce(l.currency, r.currency) AS currency, l.due, r.reserved
          FROM (SELECT e.payee_id, p.currency, -sum(p.amount_minor) AS due
                  FROM finance_journalentry AS e JOIN finance_posting AS p ON p.entry_id = e.id
                  JOIN finance_account AS a ON a.id = p.account_id AND a.code = 'owner_payable'
                 WHERE e.payee_id IS NOT NULL GROUP BY e.payee_id, p.currency) AS l
          FULL JOIN (SELECT o.payee_id, o.currency, sum(o.amount_minor) AS reserved FROM finance_outgoing AS o
                      WHERE o.kind = 'payout' AND o.state IN ('approved', 'sending')
                      GROUP BY o.payee_id, o.currency) AS r ON r.payee_id = l.payee_id AND r.currency = l.currency
          JOIN finance_payee AS y ON y.id = coalesce(l.payee_id, r.payee_id)
         WHERE coalesce(l.due, 0) < coalesce(r.reserved, 0)
           AND NOT EXISTS (SELECT 1 FROM payments_reviewitem AS i JOIN payments_transfer AS t ON t.id = i.transfer_id
                             JOIN finance_outgoing AS o ON o.id = t.outgoing_id
                            WHERE o.payee_id = y.id AND i.kind = 'disagreement' AND i.resolved_at IS NULL)
        """,
    ),
    (
        "transfers_come_to_an_end",
        "No transfer is without an answer for a day that nobody will ask for and nobody looks at.",
        """
        SELECT t.id, t.provider, t.state FROM payments_transfer AS t
         WHERE t.state IN ('created', 'unknown', 'pending') AND t.next_fetch_at IS NULL
           AND t.created_at < freehold_now() - interval '1 day'
           AND NOT EXISTS (SELECT 1 FROM payments_reviewitem AS i
                            WHERE i.transfer_id = t.id AND i.resolved_at IS NULL)
        """,
    ),
)
