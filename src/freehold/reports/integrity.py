"""The independent checker: the two promises, asked of the tables in plain SQL.

It shares no code with the rooms that keep the promises, so a mistake there cannot hide itself here. Each check
selects what is wrong; an empty answer is a pass. All checks run in one read-only snapshot.
"""

from dataclasses import dataclass

from django.db import connection, transaction

from freehold.reports.credit_note_promises import CREDIT_NOTE_CHECKS
from freehold.reports.deposit_promises import DEPOSIT_CHECKS
from freehold.reports.link_checks import LINK_CHECKS
from freehold.reports.payout_promises import PAYOUT_CHECKS
from freehold.reports.reconciliation_checks import RECONCILIATION_CHECKS
from freehold.reports.space_promises import SPACE_CHECKS

LIMIT = 20
"""Offending rows shown per check; the count is always the true one."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    check: Check
    count: int
    examples: tuple[str, ...]


CHECKS: tuple[Check, ...] = (
    *(Check(*each) for each in SPACE_CHECKS),
    Check(
        "entries_balance",
        "The postings of every journal entry sum to zero per currency, and there are some.",
        """
        SELECT e.id, e.key, p.currency, sum(p.amount_minor) AS off_by
          FROM finance_journalentry AS e LEFT JOIN finance_posting AS p ON p.entry_id = e.id
         GROUP BY e.id, e.key, p.currency HAVING coalesce(sum(p.amount_minor), 1) <> 0
        """,
    ),
    Check(
        "postings_keep_their_currency_and_company",
        "A folio's postings are in its currency, and an entry's accounts are its company's.",
        """
        SELECT p.id, e.key FROM finance_posting AS p
          JOIN finance_journalentry AS e ON e.id = p.entry_id
          JOIN finance_account AS a ON a.id = p.account_id
          LEFT JOIN finance_folio AS f ON f.id = e.folio_id
         WHERE a.company_id <> e.company_id OR f.company_id <> e.company_id OR f.currency <> p.currency
        """,
    ),
    Check(
        "receivables_match_their_settlements",
        "What a receivable says is settled is the sum of its settlements, and never more than it is.",
        """
        SELECT r.id, r.amount_minor, r.settled_minor, r.written_off_minor, coalesce(s.total, 0) AS settlements
          FROM finance_receivable AS r
          LEFT JOIN (SELECT receivable_id, sum(amount_minor) AS total FROM finance_settlement
                      GROUP BY receivable_id) AS s ON s.receivable_id = r.id
         WHERE r.settled_minor <> coalesce(s.total, 0) OR r.settled_minor + r.written_off_minor > r.amount_minor
        """,
    ),
    Check(
        "no_money_is_lost",
        "All that a payment received is settled or goes back, unless a person is looking at it.",
        """
        SELECT p.id, p.provider, p.received_minor, coalesce(s.total, 0) AS settled, coalesce(r.total, 0) AS refunded
          FROM payments_payment AS p
          LEFT JOIN (SELECT payment_id, sum(amount_minor) AS total FROM finance_settlement
                      GROUP BY payment_id) AS s ON s.payment_id = p.id
          LEFT JOIN (SELECT payment_id, sum(amount_minor) AS total FROM payments_refund
                      WHERE state NOT IN ('failed', 'cancelled') GROUP BY payment_id) AS r ON r.payment_id = p.id
         WHERE p.received_minor <> coalesce(s.total, 0) + coalesce(r.total, 0)
           AND NOT EXISTS (SELECT 1 FROM payments_reviewitem AS i WHERE i.payment_id = p.id AND i.resolved_at IS NULL)
        """,
    ),
    Check(
        "refunds_within_payments",
        "No payment gives back more than it received.",
        """
        SELECT p.id, p.received_minor, sum(r.amount_minor) AS refunded
          FROM payments_payment AS p JOIN payments_refund AS r ON r.payment_id = p.id
         WHERE r.state NOT IN ('failed', 'cancelled')
         GROUP BY p.id HAVING sum(r.amount_minor) > p.received_minor
        """,
    ),
    Check(
        "ledger_knows_what_gateways_hold",
        "What a folio brought to gateways, bank and till, or elsewhere, is what its payments received less refunds and "
        "chargebacks.",
        """
        SELECT f.reference, coalesce(l.total, 0) AS ledger,
               coalesce(p.total, 0) - coalesce(r.total, 0) - coalesce(d.total, 0) AS payments
          FROM finance_folio AS f
          LEFT JOIN (SELECT e.folio_id, sum(o.amount_minor) AS total FROM finance_posting AS o
                       JOIN finance_journalentry AS e ON e.id = o.entry_id
                       JOIN finance_account AS a ON a.id = o.account_id
                      WHERE a.code IN ('gateway_clearing', 'bank', 'cash', 'elsewhere')
                        AND e.kind NOT IN ('gateway_fee', 'gateway_fee_returned', 'gateway_difference')
                      GROUP BY e.folio_id) AS l ON l.folio_id = f.id
          LEFT JOIN (SELECT folio_id, sum(received_minor) AS total FROM payments_payment
                      GROUP BY folio_id) AS p ON p.folio_id = f.id
          LEFT JOIN (SELECT folio_id, sum(amount_minor) AS total FROM payments_refund
                      WHERE state = 'succeeded' GROUP BY folio_id) AS r ON r.folio_id = f.id
          LEFT JOIN (SELECT q.folio_id, sum(o.withdrawn_minor) AS total FROM payments_dispute AS o
                       JOIN payments_payment AS q ON q.id = o.payment_id GROUP BY q.folio_id) AS d ON d.folio_id = f.id
         WHERE coalesce(l.total, 0) <> coalesce(p.total, 0) - coalesce(r.total, 0) - coalesce(d.total, 0)
           AND NOT EXISTS (SELECT 1 FROM payments_reviewitem AS i JOIN payments_payment AS q ON q.id = i.payment_id
                            WHERE q.folio_id = f.id AND i.kind IN ('external_refund', 'amount_mismatch')
                              AND i.resolved_at IS NULL)
        """,
    ),
    Check(
        "refund_debts_are_real",
        "A folio's refunds payable are exactly its refunds that nobody has paid yet; a retry stands for its original.",
        """
        SELECT f.reference, coalesce(l.total, 0) AS ledger, coalesce(r.total, 0) AS open_refunds
          FROM finance_folio AS f
          LEFT JOIN (SELECT e.folio_id, -sum(o.amount_minor) AS total FROM finance_posting AS o
                       JOIN finance_journalentry AS e ON e.id = o.entry_id
                       JOIN finance_account AS a ON a.id = o.account_id
                      WHERE a.code = 'refunds_payable' GROUP BY e.folio_id) AS l ON l.folio_id = f.id
          LEFT JOIN (SELECT o.folio_id, sum(o.amount_minor) AS total FROM payments_refund AS o
                      WHERE o.state NOT IN ('succeeded', 'chargeback')
                        AND NOT EXISTS (SELECT 1 FROM payments_refund AS n WHERE n.replaces_id = o.id)
                      GROUP BY o.folio_id) AS r ON r.folio_id = f.id
         WHERE coalesce(l.total, 0) <> coalesce(r.total, 0)
        """,
    ),
    Check(
        "confirmed_online_bookings_are_paid",
        "A booking that had to be paid to be confirmed was paid what was due, or a bank holds it, unless people gave "
        "it back, or one is looking at it.",
        """
        SELECT b.reference, b.due_now_minor, coalesce(sum(r.settled_minor), 0) AS settled
          FROM bookings_booking AS b LEFT JOIN finance_receivable AS r ON r.folio_id = b.folio_id
         WHERE b.state IN ('confirmed', 'in_house', 'completed') AND b.payment_terms <> 'at_property'
           AND NOT EXISTS (SELECT 1 FROM payments_reviewitem AS i JOIN payments_payment AS q ON q.id = i.payment_id
                            WHERE q.folio_id = b.folio_id AND i.kind = 'external_refund' AND i.resolved_at IS NULL)
           AND NOT EXISTS (SELECT 1 FROM payments_reviewitem AS i JOIN payments_payment AS q ON q.id = i.payment_id
                            WHERE q.folio_id = b.folio_id AND i.kind = 'authorization_ends' AND i.resolved_at IS NULL)
         GROUP BY b.id HAVING coalesce(sum(r.settled_minor), 0) < b.due_now_minor - coalesce(
                   (SELECT sum(k.amount_minor) FROM payments_refund AS k
                     WHERE k.folio_id = b.folio_id AND k.key LIKE 'desk:%'), 0) - coalesce(
                   (SELECT sum(coalesce(h.capture_minor, h.amount_minor)) FROM payments_payment AS h
                     WHERE h.folio_id = b.folio_id AND h.state = 'authorized' AND h.let_go_at IS NULL), 0) - coalesce(
                   (SELECT sum(n.amount_minor) FROM finance_creditnote AS n WHERE n.folio_id = b.folio_id), 0)
        """,
    ),
    Check(
        "cancelled_bookings_gave_back_what_they_said",
        "The refund that a cancellation promised is what its refunds add up to.",
        """
        SELECT b.reference, b.refund_minor, coalesce(sum(r.amount_minor), 0) AS refunds
          FROM bookings_booking AS b
          LEFT JOIN payments_refund AS r ON r.folio_id = b.folio_id AND r.key LIKE 'cancel:' || b.id || ':%'
         WHERE b.state = 'cancelled' GROUP BY b.id HAVING b.refund_minor <> coalesce(sum(r.amount_minor), 0)
        """,
    ),
    Check(
        "stays_are_earned_when_they_are_over",
        "Of a completed booking everything is earned, of any other nothing; what was missed or cancelled is not owed.",
        """
        SELECT b.reference, b.state, l.unearned, l.revenue FROM bookings_booking AS b
          JOIN (SELECT e.folio_id,
                       -sum(o.amount_minor) FILTER (WHERE a.code = 'unearned') AS unearned,
                       -sum(o.amount_minor) FILTER (WHERE a.code = 'revenue') AS revenue
                  FROM finance_posting AS o
                  JOIN finance_journalentry AS e ON e.id = o.entry_id
                  JOIN finance_account AS a ON a.id = o.account_id
                 WHERE a.code IN ('unearned', 'revenue') GROUP BY e.folio_id) AS l ON l.folio_id = b.folio_id
         WHERE CASE WHEN b.state = 'completed' THEN coalesce(l.unearned, 0) <> 0 OR coalesce(l.revenue, 0) < 0
                    WHEN b.state IN ('confirmed', 'in_house') THEN coalesce(l.revenue, 0) <> 0
                    ELSE coalesce(l.unearned, 0) <> 0 OR coalesce(l.revenue, 0) <> 0 END
        """,
    ),
    Check(
        "completed_bookings_were_charged",
        "A completed booking that cost something has its charge in the journal.",
        """
        SELECT b.reference, b.total_minor FROM bookings_booking AS b
         WHERE b.state = 'completed' AND b.total_minor > 0
           AND NOT EXISTS (SELECT 1 FROM finance_journalentry AS e
                            WHERE e.folio_id = b.folio_id AND e.kind = 'booking_charged')
        """,
    ),
    Check(
        "pending_changes_hold_their_space",
        "A change that can still be paid belongs to a booking that stands, and holds all that it was promised.",
        """
        SELECT b.reference, h.number FROM bookings_bookingchange AS h JOIN bookings_booking AS b ON b.id = h.booking_id
         WHERE h.state = 'pending' AND h.expires_at > freehold_now()
           AND (b.state NOT IN ('confirmed', 'in_house')
                OR EXISTS (SELECT 1 FROM unnest(h.claim_ids) AS held (id)
                            WHERE NOT EXISTS (SELECT 1 FROM inventory_allocation AS a WHERE a.claim_id = held.id)))
        """,
    ),
    Check(
        "bookings_cost_what_was_agreed",
        "A booking's total, its terms, its items and what it owes agree; kept fees are owed too, reductions not.",
        """
        SELECT b.reference, b.total_minor, b.terms ->> 'total' AS terms, i.total AS items, b.kept_minor, r.total AS owed
          FROM bookings_booking AS b
          LEFT JOIN (SELECT booking_id, sum(amount_minor) AS total FROM bookings_bookingitem
                      WHERE cancelled_at IS NULL GROUP BY booking_id) AS i ON i.booking_id = b.id
          LEFT JOIN (SELECT folio_id, sum(amount_minor - written_off_minor) AS total FROM finance_receivable
                      GROUP BY folio_id) AS r ON r.folio_id = b.folio_id
         WHERE b.state IN ('held', 'pending_payment', 'confirmed', 'in_house')
           AND (b.total_minor <> (b.terms ->> 'total')::bigint OR b.total_minor <> coalesce(i.total, 0)
                OR b.total_minor + b.kept_minor - coalesce((SELECT sum(n.amount_minor) FROM finance_creditnote AS n
                                                            WHERE n.folio_id = b.folio_id), 0) <> coalesce(r.total, 0))
        """,
    ),
    Check(
        "charges_are_what_was_agreed",
        "The books charge a confirmed booking its total less reductions: unearned and taxes, after every change.",
        """
        SELECT b.reference, b.total_minor, coalesce(l.total, 0) AS charged
          FROM bookings_booking AS b
          LEFT JOIN (SELECT e.folio_id, -sum(o.amount_minor) AS total FROM finance_posting AS o
                       JOIN finance_journalentry AS e ON e.id = o.entry_id
                       JOIN finance_account AS a ON a.id = o.account_id
                      WHERE a.code IN ('unearned', 'tax_payable') GROUP BY e.folio_id) AS l ON l.folio_id = b.folio_id
         WHERE b.state IN ('confirmed', 'in_house') AND b.total_minor <> coalesce(l.total, 0) + coalesce(
                   (SELECT sum(n.amount_minor) FROM finance_creditnote AS n WHERE n.folio_id = b.folio_id), 0)
        """,
    ),
    Check(
        "changes_gave_back_what_they_said",
        "The refund that a change promised is what its refunds add up to, and what changes kept is on the booking.",
        """
        SELECT b.reference, h.number, h.refund_minor AS promised, coalesce(sum(r.amount_minor), 0) AS got
          FROM bookings_bookingchange AS h JOIN bookings_booking AS b ON b.id = h.booking_id
          LEFT JOIN payments_refund AS r ON r.folio_id = b.folio_id AND r.key LIKE 'change:' || h.id || ':%'
         WHERE h.state = 'applied' GROUP BY b.reference, h.id HAVING h.refund_minor <> coalesce(sum(r.amount_minor), 0)
         UNION ALL
        SELECT b.reference, 0, coalesce(sum(h.fee_minor), 0), b.kept_minor
          FROM bookings_booking AS b
          LEFT JOIN bookings_bookingchange AS h ON h.booking_id = b.id AND h.state = 'applied'
         GROUP BY b.id HAVING b.kept_minor <> coalesce(sum(h.fee_minor), 0)
        """,
    ),
    Check(
        "one_open_attempt",
        "Per purpose and pay link a folio has at most one payment attempt that is still open.",
        """
        SELECT folio_id, purpose, link_id, count(*) FROM payments_payment
         WHERE state IN ('created', 'pending', 'processing', 'unknown', 'authorized')
           AND NOT (purpose = 'deposit' AND state = 'authorized')
         GROUP BY folio_id, purpose, link_id HAVING count(*) > 1
        """,
    ),
    *(Check(*each) for each in LINK_CHECKS),
    *(Check(*each) for each in RECONCILIATION_CHECKS),
    Check(
        "search_knows_what_is_on_offer",
        "Exactly the published listings with a price can be found, with the facts and prices that they have.",
        """
        SELECT coalesce(o.id, e.listing_id) AS listing_id, o.id IS NULL AS is_gone, e.listing_id IS NULL AS is_missing
          FROM (SELECT l.id, l.mode, l.max_guests, p.latitude, p.longitude, p.category_id, r.currency,
                       r.base_price_minor, r.cleaning_fee_minor, r.extra_guest_fee_minor, r.included_guests,
                       (SELECT count(*) FROM properties_propertyamenity AS a WHERE a.property_id = p.id) AS amenities,
                       (SELECT count(*) FROM pricing_rateplan_taxes AS t WHERE t.rateplan_id = r.id) AS taxes,
                       (SELECT sum(v.price_minor) FROM pricing_priceoverride AS v
                         WHERE v.rate_plan_id = r.id AND NOT isempty(v.nights)
                           AND coalesce(upper(v.nights), 'infinity') > freehold_now()::date) AS overrides
                  FROM properties_listing AS l
                  JOIN properties_property AS p ON p.id = l.property_id
                  JOIN companies_company AS c ON c.id = l.company_id
                  JOIN pricing_rateplan AS r ON r.listing_id = l.id
                 WHERE l.status = 'published' AND p.status = 'published' AND c.is_active) AS o
          FULL JOIN inventory_searchentry AS e ON e.listing_id = o.id
         WHERE o.id IS NULL OR e.listing_id IS NULL
            OR (o.mode, o.max_guests, o.latitude, o.longitude, o.category_id, o.currency, o.base_price_minor,
                o.cleaning_fee_minor, o.extra_guest_fee_minor, o.included_guests, o.amenities, o.taxes)
               IS DISTINCT FROM
               (e.mode, e.max_guests, e.latitude, e.longitude, e.category_id, e.currency, e.base_price_minor,
                e.cleaning_fee_minor, e.extra_guest_fee_minor, e.included_guests, bit_count(e.amenities),
                coalesce(cardinality(e.taxes), 0) + coalesce(cardinality(e.taxes_on_all), 0)
                + coalesce(cardinality(e.person_taxes), 0))
            OR o.overrides IS DISTINCT FROM (
                   SELECT sum(v.price) FROM unnest(e.override_ends, e.override_prices) AS v (ends, price)
                    WHERE v.ends > freehold_now()::date)
        """,
    ),
    Check(
        "search_knows_what_is_taken",
        "The nights that the search takes for taken are those that something takes for good.",
        """
        WITH told AS (
            SELECT e.sole_unit_id AS unit_id, e.first_night, e.nights FROM inventory_searchentry AS e
             WHERE e.nights IS NOT NULL
             UNION ALL
            SELECT o.unit_id, o.first_night, o.nights FROM inventory_searchoption AS o WHERE o.nights IS NOT NULL
        ), clock AS (
            SELECT u.id AS unit_id, p.time_zone, p.check_in_time, p.check_out_time
              FROM properties_unit AS u JOIN properties_property AS p ON p.id = u.property_id
        )
        SELECT t.unit_id, bit_count(t.nights) AS told, k.nights AS taken
          FROM told AS t
          JOIN clock AS c ON c.unit_id = t.unit_id
          CROSS JOIN LATERAL (
              SELECT count(DISTINCT night) AS nights,
                     count(*) FILTER (WHERE get_bit(t.nights, night::date - t.first_night) = 0) AS unknown
                FROM inventory_allocation AS a
                CROSS JOIN LATERAL generate_series(
                    greatest(lower(a.period)::date - 2, t.first_night),
                    least(upper(a.period)::date + 2, t.first_night + length(t.nights) - 1), interval '1 day') AS night
               WHERE a.unit_id = t.unit_id AND a.expires_at IS NULL
                 AND a.period && tstzrange((night::date + c.check_in_time) AT TIME ZONE c.time_zone,
                                           greatest((night::date + 1 + c.check_out_time) AT TIME ZONE c.time_zone,
                                                    (night::date + c.check_in_time) AT TIME ZONE c.time_zone))
          ) AS k
         WHERE bit_count(t.nights) <> k.nights OR k.unknown > 0
        """,
    ),
    *(Check(*each) for each in DEPOSIT_CHECKS),
    *(Check(*each) for each in CREDIT_NOTE_CHECKS),
    *(Check(*each) for each in PAYOUT_CHECKS),
    Check(
        "nothing_was_given_up",
        "No message was given up and no gateway event waits unread for ten minutes.",
        """
        SELECT m.event AS what, m.handler AS detail FROM core_outboxmessage AS m WHERE m.state = 'dead'
         UNION ALL
        SELECT g.type, g.dedupe_key FROM payments_gatewayevent AS g
         WHERE g.state = 'stored' AND g.created_at < now() - interval '10 minutes'
        """,
    ),
)


def verify() -> list[Finding]:
    """Runs every check in one snapshot and returns what is wrong; an empty list means all promises hold."""
    findings = []
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for check in CHECKS:
            cursor.execute(check.sql)
            rows = cursor.fetchall()
            if rows:
                names = [column.name for column in cursor.description]
                examples = tuple(
                    ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True)) for row in rows[:LIMIT]
                )
                findings.append(Finding(check, len(rows), examples))
    return findings
