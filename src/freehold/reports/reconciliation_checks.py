"""What the independent checker asks of fees and of corrections: name, promise, and what selects those that break it."""

RECONCILIATION_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "fees_are_in_the_books",
        "What providers kept is in each company's books to the cent, and nothing else is there.",
        """
        WITH told AS (
            SELECT company_id, currency, sum(amount_minor) AS total FROM payments_gatewayfee GROUP BY 1, 2
        ), booked AS (
            SELECT e.company_id, o.currency, sum(o.amount_minor) AS total FROM finance_posting AS o
              JOIN finance_journalentry AS e ON e.id = o.entry_id
              JOIN finance_account AS a ON a.id = o.account_id
             WHERE a.code = 'gateway_fees' GROUP BY 1, 2
        )
        SELECT coalesce(t.company_id, b.company_id) AS company, coalesce(t.currency, b.currency) AS currency,
               t.total AS told, b.total AS booked
          FROM told AS t FULL JOIN booked AS b USING (company_id, currency)
         WHERE coalesce(t.total, 0) <> coalesce(b.total, 0)
        """,
    ),
    (
        "corrections_were_agreed",
        "Money that a provider does not know was given up for a reason, and by two people.",
        """
        SELECT e.key, d.proposed_by_id AS wanted_by, i.resolved_by_id AS agreed_by FROM finance_journalentry AS e
          LEFT JOIN payments_difference AS d ON e.key = 'gateway_difference:' || d.id
          LEFT JOIN payments_reviewitem AS i ON i.id = d.review_id
         WHERE e.kind = 'gateway_difference'
           AND (d.id IS NULL OR d.reason = '' OR d.proposed_at IS NULL OR i.resolved_at IS NULL
                OR d.proposed_by_id IS NULL OR i.resolved_by_id IS NULL OR d.proposed_by_id = i.resolved_by_id)
        UNION ALL
        SELECT r.key, d.proposed_by_id, i.resolved_by_id FROM payments_refund AS r
          LEFT JOIN payments_difference AS d ON d.refund_id = r.id AND d.kind = 'refund'
          LEFT JOIN payments_reviewitem AS i ON i.id = d.review_id
         WHERE r.error_code = 'not_at_provider'
           AND (d.id IS NULL OR d.reason = '' OR d.proposed_by_id IS NULL OR i.resolved_by_id IS NULL
                OR d.proposed_by_id = i.resolved_by_id)
        """,
    ),
)
