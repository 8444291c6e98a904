"""Whole numbers beside the ids, given by sequences; the rows that are there are numbered as they were made."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from freehold.core.serials import numbering


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0006_longer_actors'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='booking',
            name='update_update',
        ),
        *numbering('bookings', 'booking'),
        pgtrigger.migrations.AddTrigger(
            model_name='booking',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."answer_note" IS DISTINCT FROM (NEW."answer_note") OR OLD."answered_at" IS DISTINCT FROM (NEW."answered_at") OR OLD."booker_id" IS DISTINCT FROM (NEW."booker_id") OR OLD."cancelled_at" IS DISTINCT FROM (NEW."cancelled_at") OR OLD."cancelled_by" IS DISTINCT FROM (NEW."cancelled_by") OR OLD."checked_in_at" IS DISTINCT FROM (NEW."checked_in_at") OR OLD."checked_out_at" IS DISTINCT FROM (NEW."checked_out_at") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."due_now_minor" IS DISTINCT FROM (NEW."due_now_minor") OR OLD."ends_at" IS DISTINCT FROM (NEW."ends_at") OR OLD."fee_minor" IS DISTINCT FROM (NEW."fee_minor") OR OLD."folio_id" IS DISTINCT FROM (NEW."folio_id") OR OLD."guest_note" IS DISTINCT FROM (NEW."guest_note") OR OLD."hold_expires_at" IS DISTINCT FROM (NEW."hold_expires_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kept_minor" IS DISTINCT FROM (NEW."kept_minor") OR OLD."payment_terms" IS DISTINCT FROM (NEW."payment_terms") OR OLD."quote_id" IS DISTINCT FROM (NEW."quote_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."refund_minor" IS DISTINCT FROM (NEW."refund_minor") OR OLD."starts_at" IS DISTINCT FROM (NEW."starts_at") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."terms" IS DISTINCT FROM (NEW."terms") OR OLD."total_minor" IS DISTINCT FROM (NEW."total_minor") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at"))', func='INSERT INTO "bookings_bookinghistory" ("answer_note", "answered_at", "booker_id", "cancelled_at", "cancelled_by", "checked_in_at", "checked_out_at", "company_id", "confirmed_at", "created_at", "currency", "due_now_minor", "ends_at", "fee_minor", "folio_id", "guest_note", "hold_expires_at", "id", "kept_minor", "payment_terms", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "quote_id", "reference", "refund_minor", "starts_at", "state", "terms", "total_minor", "updated_at") VALUES (NEW."answer_note", NEW."answered_at", NEW."booker_id", NEW."cancelled_at", NEW."cancelled_by", NEW."checked_in_at", NEW."checked_out_at", NEW."company_id", NEW."confirmed_at", NEW."created_at", NEW."currency", NEW."due_now_minor", NEW."ends_at", NEW."fee_minor", NEW."folio_id", NEW."guest_note", NEW."hold_expires_at", NEW."id", NEW."kept_minor", NEW."payment_terms", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."quote_id", NEW."reference", NEW."refund_minor", NEW."starts_at", NEW."state", NEW."terms", NEW."total_minor", NEW."updated_at"); RETURN NULL;', hash='aa785b3e945530fbe10f559b270048eb5600559f', operation='UPDATE', pgid='pgtrigger_update_update_d8751', table='bookings_booking', when='AFTER')),
        ),
    ]
