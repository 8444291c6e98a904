"""What the independent checker asks of space: name, promise, and what selects those that break it."""

SPACE_CHECKS: tuple[tuple[str, str, str], ...] = (
    (
        "no_overlap",
        "No unit is taken twice at one instant.",
        """
        SELECT a.unit_id, a.claim_id, b.claim_id AS other_claim_id, a.period * b.period AS both
          FROM inventory_allocation AS a
          JOIN inventory_allocation AS b ON b.unit_id = a.unit_id AND b.id > a.id AND b.period && a.period
        """,
    ),
    (
        "only_leaf_units_are_taken",
        "Composite units stand for their parts and are never taken themselves.",
        """
        SELECT a.id, a.unit_id FROM inventory_allocation AS a
          JOIN properties_unit AS u ON u.id = a.unit_id WHERE u.kind <> 'leaf'
        """,
    ),
    (
        "released_claims_take_nothing",
        "A claim that was released has no allocation left.",
        """
        SELECT c.id, c.purpose FROM inventory_claim AS c
         WHERE c.released_at IS NOT NULL
           AND EXISTS (SELECT 1 FROM inventory_allocation AS a WHERE a.claim_id = c.id)
        """,
    ),
    (
        "live_claims_take_space",
        "A claim that lives, and is no lapsed hold, has an allocation for its whole period.",
        """
        SELECT c.id, c.purpose, c.period FROM inventory_claim AS c
         WHERE c.released_at IS NULL AND (c.purpose <> 'hold' OR c.expires_at > freehold_now())
           AND NOT EXISTS (SELECT 1 FROM inventory_allocation AS a
                            WHERE a.claim_id = c.id AND a.period @> c.period
                              AND a.expires_at IS NOT DISTINCT FROM c.expires_at)
        """,
    ),
    (
        "no_orphan_claims",
        "Space taken by a hold or a booking belongs to a booking, or to a change of one that waits for its payment.",
        """
        SELECT c.id, c.purpose FROM inventory_claim AS c
         WHERE c.purpose IN ('hold', 'booking') AND c.released_at IS NULL
           AND (c.purpose <> 'hold' OR c.expires_at > freehold_now())
           AND NOT EXISTS (SELECT 1 FROM bookings_bookingitem AS i WHERE i.claim_id = c.id)
           AND NOT EXISTS (SELECT 1 FROM bookings_bookingchange AS h WHERE h.state = 'pending'
                              AND c.id = ANY(h.claim_ids))
        """,
    ),
    (
        "confirmed_bookings_have_their_space",
        "Every item of a confirmed booking takes its units for its whole period, for good.",
        """
        SELECT b.reference, i.position FROM bookings_booking AS b
          JOIN bookings_bookingitem AS i ON i.booking_id = b.id
         WHERE b.state IN ('confirmed', 'in_house') AND i.cancelled_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM inventory_claim AS c JOIN inventory_allocation AS a ON a.claim_id = c.id
                            WHERE c.id = i.claim_id AND c.purpose = 'booking' AND c.released_at IS NULL
                              AND a.expires_at IS NULL AND a.period @> tstzrange(i.starts_at, i.ends_at, '[)'))
        """,
    ),
    (
        "live_holds_have_their_space",
        "Every item of a hold whose time is not over takes its units.",
        """
        SELECT b.reference, i.position FROM bookings_booking AS b
          JOIN bookings_bookingitem AS i ON i.booking_id = b.id
         WHERE b.state IN ('requested', 'held', 'pending_payment') AND b.hold_expires_at > freehold_now()
           AND i.cancelled_at IS NULL
           AND NOT EXISTS (SELECT 1 FROM inventory_allocation AS a WHERE a.claim_id = i.claim_id
                              AND a.period @> tstzrange(i.starts_at, i.ends_at, '[)'))
        """,
    ),
    (
        "dead_bookings_take_nothing",
        "What was cancelled, declined, expired or missed takes no space.",
        """
        SELECT b.reference, b.state FROM bookings_booking AS b
          JOIN bookings_bookingitem AS i ON i.booking_id = b.id
          JOIN inventory_allocation AS a ON a.claim_id = i.claim_id
         WHERE b.state IN ('cancelled', 'declined', 'expired', 'no_show') OR i.cancelled_at IS NOT NULL
        """,
    ),
)
