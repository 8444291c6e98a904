"""The one door to the calendar, as a function: deciding about space takes one round trip.

Its callers queue on the lock of the units, and every round trip under that lock is paid by everybody who waits
behind it. Inside one call the queue moves on at once, whatever the caller is doing.
"""

from django.db import migrations

LAPSE = """
-- Gives back the space of those holds that have run out; answers which ones. Claims are locked in id order before
-- their allocations go: two callers who meet the same lapsed hold on different units of it wait here, once.
CREATE FUNCTION inventory_lapse(claims uuid[]) RETURNS uuid[] LANGUAGE sql AS $$
    WITH due AS (
        SELECT id FROM inventory_claim
         WHERE id = ANY(claims) AND purpose = 'hold' AND released_at IS NULL AND expires_at <= freehold_now()
         ORDER BY id
           FOR NO KEY UPDATE
    ), freed AS (
        DELETE FROM inventory_allocation USING due WHERE claim_id = due.id
    ), ended AS (
        UPDATE inventory_claim AS claim SET released_at = freehold_now(), updated_at = now()
          FROM due WHERE claim.id = due.id
        RETURNING claim.id
    )
    SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM ended
$$;
"""

STANDING = """
-- What takes the units during the period: a row per purpose, with the end of the longest hold and a time zone.
CREATE FUNCTION inventory_standing(leaves uuid[], during tstzrange)
RETURNS TABLE (taken_for text, expires_at timestamptz, time_zone text) LANGUAGE sql STABLE AS $$
    SELECT claim.purpose::text, max(allocation.expires_at), min(property.time_zone)
      FROM inventory_allocation AS allocation
      JOIN inventory_claim AS claim ON claim.id = allocation.claim_id
      JOIN properties_unit AS unit ON unit.id = allocation.unit_id
      JOIN properties_property AS property ON property.id = unit.property_id
     WHERE allocation.unit_id = ANY(leaves) AND allocation.period && during
       AND (allocation.expires_at IS NULL OR allocation.expires_at > (SELECT freehold_now()))
     GROUP BY claim.purpose
     ORDER BY min(lower(allocation.period))
$$;
"""

CLAIM = """
-- Claims all of the units, or none. A composite stands for its parts. Answers one of
--   claimed    unit_ids (leaves, in id order), expires_at, lapsed (holds that gave way: announce them)
--   taken      a row per purpose that stands in the way: taken_for, expires_at (of the longest hold), time_zone
--   busy       somebody else is deciding about these units (skip_locked, or no lock in time)
--   not_found  some unit is not in the company, or not in use
CREATE FUNCTION inventory_claim(
    claim uuid, in_company uuid, units uuid[], in_use_only boolean, skip_locked boolean,
    during tstzrange, for_purpose text, for_listing uuid, time_to_live interval, with_note text, with_uid text
) RETURNS TABLE (
    outcome text, unit_ids uuid[], expires_at timestamptz, lapsed uuid[], taken_for text, time_zone text
)
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
#variable_conflict use_column
DECLARE
    asked integer;
    leaves uuid[];
    gone uuid[];
    ends_at timestamptz := freehold_now() + time_to_live;
    may_wait boolean := false;
BEGIN
    SELECT count(DISTINCT unit.id), array_agg(DISTINCT coalesce(part.part_id, unit.id))
      INTO asked, leaves
      FROM properties_unit AS unit
      LEFT JOIN properties_unitpart AS part ON part.composite_id = unit.id
     WHERE unit.id = ANY(units) AND unit.company_id = in_company
       AND (unit.is_active OR NOT in_use_only)
       AND (unit.kind = 'leaf' OR part.id IS NOT NULL);
    IF asked = 0 OR asked <> (SELECT count(DISTINCT unit) FROM unnest(units) AS unit) THEN
        RETURN QUERY SELECT 'not_found', NULL::uuid[], NULL::timestamptz, NULL::uuid[], NULL, NULL;
        RETURN;
    END IF;

    FOR attempt IN 1..3 LOOP
        -- A block with an exception clause is a savepoint: whatever ends it early gives the locks back at once.
        BEGIN
            IF may_wait THEN
                PERFORM FROM properties_unit WHERE id = ANY(leaves) ORDER BY id FOR NO KEY UPDATE;
            ELSE
                PERFORM FROM properties_unit WHERE id = ANY(leaves) ORDER BY id FOR NO KEY UPDATE NOWAIT;
            END IF;
            -- From here on each statement sees what the lock's last owner committed.
            gone := inventory_lapse(ARRAY(
                SELECT DISTINCT claim_id FROM inventory_allocation AS allocation
                 WHERE unit_id = ANY(leaves) AND period && during AND allocation.expires_at <= freehold_now()
            ));
            RETURN QUERY
                SELECT 'taken', NULL::uuid[], standing.expires_at, NULL::uuid[], standing.taken_for, standing.time_zone
                  FROM inventory_standing(leaves, during) AS standing;
            IF FOUND THEN
                RAISE EXCEPTION USING ERRCODE = 'FH409';
            END IF;
            INSERT INTO inventory_claim (id, created_at, updated_at, company_id, purpose, listing_id, unit_ids, period,
                                         expires_at, extensions, note, external_uid)
            VALUES (claim, now(), now(), in_company, for_purpose, for_listing, leaves, during,
                    ends_at, 0, with_note, with_uid);
            INSERT INTO inventory_allocation (unit_id, period, claim_id, expires_at)
            SELECT unit, during, claim, ends_at FROM unnest(leaves) AS unit;
            RETURN QUERY SELECT 'claimed', leaves, ends_at, gone, NULL, NULL;
            RETURN;
        EXCEPTION
            WHEN SQLSTATE 'FH409' THEN
                RETURN;
            WHEN lock_not_available THEN
                EXIT WHEN skip_locked OR may_wait;
                -- Wait in company: a shared lock wakes everybody together when the owner is done, and all but one
                -- of them have then lost. Who finds the space still free queues for the lock.
                may_wait := true;
                BEGIN
                    PERFORM FROM properties_unit WHERE id = ANY(leaves) ORDER BY id FOR SHARE;
                    RETURN QUERY
                        SELECT 'taken', NULL::uuid[], standing.expires_at, NULL::uuid[], standing.taken_for,
                               standing.time_zone
                          FROM inventory_standing(leaves, during) AS standing;
                    IF FOUND THEN
                        RAISE EXCEPTION USING ERRCODE = 'FH409';
                    END IF;
                    RAISE EXCEPTION USING ERRCODE = 'FH202';
                EXCEPTION
                    WHEN SQLSTATE 'FH409' THEN
                        RETURN;
                    WHEN SQLSTATE 'FH202' OR deadlock_detected THEN
                        NULL;
                    WHEN lock_not_available THEN
                        EXIT;
                END;
            -- Somebody came in without the lock, or in another order: now the way may be free.
            WHEN exclusion_violation OR deadlock_detected THEN
                may_wait := NOT skip_locked;
        END;
    END LOOP;
    RETURN QUERY SELECT 'busy', NULL::uuid[], NULL::timestamptz, NULL::uuid[], NULL, NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("inventory", "0002_claim_unit_ids"),
        ("properties", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(sql=LAPSE, reverse_sql="DROP FUNCTION inventory_lapse(uuid[])"),
        migrations.RunSQL(sql=STANDING, reverse_sql="DROP FUNCTION inventory_standing(uuid[], tstzrange)"),
        migrations.RunSQL(
            sql=CLAIM,
            reverse_sql="DROP FUNCTION inventory_claim("
            "uuid, uuid, uuid[], boolean, boolean, tstzrange, text, uuid, interval, text, text)",
        ),
    ]
