"""A claim may take more than it is for: days of turnover after a stay, time to tidy up between two slots."""

from importlib import import_module

from django.db import migrations

SIGNATURE = "inventory_claim(uuid, uuid, uuid[], boolean, boolean, tstzrange, {taking}text, uuid, interval, text, text)"
WITHOUT = SIGNATURE.format(taking="")
WITH = SIGNATURE.format(taking="tstzrange, ")
BEFORE = import_module("freehold.inventory.migrations.0003_claim_functions").CLAIM

CLAIM = """
-- Claims all of the units, or none. A composite stands for its parts. The claim is for `during`, and takes the units for
-- `taking`, which may be longer by what must stay empty before and after. Answers one of
--   claimed    unit_ids (leaves, in id order), expires_at, lapsed (holds that gave way: announce them)
--   taken      a row per purpose that stands in the way: taken_for, expires_at (of the longest hold), time_zone
--   busy       somebody else is deciding about these units (skip_locked, or no lock in time)
--   not_found  some unit is not in the company, or not in use (a composite is in use when all its parts are)
CREATE FUNCTION inventory_claim(
    claim uuid, in_company uuid, units uuid[], in_use_only boolean, skip_locked boolean,
    during tstzrange, taking tstzrange, for_purpose text, for_listing uuid, time_to_live interval, with_note text, with_uid text
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
       AND (NOT in_use_only OR unit.is_active AND NOT EXISTS (
               SELECT FROM properties_unitpart AS each JOIN properties_unit AS leaf ON leaf.id = each.part_id
                WHERE each.composite_id = unit.id AND NOT leaf.is_active))
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
                 WHERE unit_id = ANY(leaves) AND period && taking AND allocation.expires_at <= freehold_now()
            ));
            RETURN QUERY
                SELECT 'taken', NULL::uuid[], standing.expires_at, NULL::uuid[], standing.taken_for, standing.time_zone
                  FROM inventory_standing(leaves, taking) AS standing;
            IF FOUND THEN
                RAISE EXCEPTION USING ERRCODE = 'FH409';
            END IF;
            INSERT INTO inventory_claim (id, created_at, updated_at, company_id, purpose, listing_id, unit_ids, period,
                                         expires_at, extensions, note, external_uid)
            VALUES (claim, now(), now(), in_company, for_purpose, for_listing, leaves, during,
                    ends_at, 0, with_note, with_uid);
            INSERT INTO inventory_allocation (unit_id, period, claim_id, expires_at)
            SELECT unit, taking, claim, ends_at FROM unnest(leaves) AS unit;
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
                          FROM inventory_standing(leaves, taking) AS standing;
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
    dependencies = [("inventory", "0003_claim_functions")]

    operations = [
        migrations.RunSQL(sql=f"DROP FUNCTION {WITHOUT}", reverse_sql=BEFORE),
        migrations.RunSQL(sql=CLAIM, reverse_sql=f"DROP FUNCTION {WITH}"),
    ]
