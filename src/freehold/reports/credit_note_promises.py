"""What the independent checker asks about credit notes: name, promise, and what would be wrong."""

CREDIT_NOTE_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "credit_notes_have_no_gaps",
        "The credit notes of a company and year are numbered from one without a gap, and its counter knows the last.",
        """
        SELECT coalesce(n.company_id, c.company_id) AS company, coalesce(n.year, c.year) AS year, n.count, n.highest,
               c.last
          FROM (SELECT company_id, year, count(*) AS count, min(number) AS lowest, max(number) AS highest
                  FROM finance_creditnote GROUP BY company_id, year) AS n
          FULL JOIN (SELECT company_id, year, last FROM finance_documentcounter WHERE kind = 'credit_note') AS c
            ON c.company_id = n.company_id AND c.year = n.year
         WHERE n.count IS DISTINCT FROM n.highest OR n.lowest IS DISTINCT FROM 1 OR c.last IS DISTINCT FROM n.highest
        """,
    ),
    (
        "credit_notes_are_in_the_books",
        "Every reduction in the books has its credit note, for exactly that amount, and its refunds are what it says.",
        """
        SELECT n.id, e.key, n.amount_minor, coalesce(p.owed, 0) AS ledger, coalesce(r.total, 0) AS refunds
          FROM (SELECT * FROM finance_journalentry WHERE kind = 'reduction_granted') AS e
          FULL JOIN finance_creditnote AS n ON n.entry_id = e.id
          LEFT JOIN LATERAL (
              SELECT -sum(o.amount_minor) FILTER (WHERE a.code = 'receivable') AS owed,
                     coalesce(sum(o.amount_minor) FILTER (WHERE a.code = 'tax_payable'), 0) AS tax
                FROM finance_posting AS o JOIN finance_account AS a ON a.id = o.account_id
               WHERE o.entry_id = e.id) AS p ON true
          LEFT JOIN LATERAL (
              SELECT sum(k.amount_minor) AS total FROM payments_refund AS k
               WHERE k.folio_id = n.folio_id AND k.key LIKE 'credit_note:' || n.id || ':%') AS r ON true
         WHERE n.id IS NULL OR e.id IS NULL OR e.folio_id <> n.folio_id OR e.company_id <> n.company_id
            OR p.owed IS DISTINCT FROM n.amount_minor OR p.tax IS DISTINCT FROM n.tax_minor
            OR coalesce(r.total, 0) <> n.refunded_minor
        """,
    ),
    (
        "no_more_is_granted_than_was_charged",
        "What is charged on an account less what was granted is never below nothing, nor are its taxes.",
        """
        SELECT f.reference, a.code, sum(o.amount_minor) AS too_much
          FROM finance_folio AS f
          JOIN finance_journalentry AS e ON e.folio_id = f.id
          JOIN finance_posting AS o ON o.entry_id = e.id
          JOIN finance_account AS a ON a.id = o.account_id
         WHERE a.code IN ('unearned', 'revenue', 'tax_payable', 'cancellation_revenue')
           AND EXISTS (SELECT 1 FROM finance_creditnote AS n WHERE n.folio_id = f.id)
         GROUP BY f.reference, f.id, a.code HAVING sum(o.amount_minor) > 0
        """,
    ),
)
