"""Whole numbers beside the ids, given by sequences; the rows that are there are numbered as they were made."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from freehold.core.serials import numbering


class Migration(migrations.Migration):

    dependencies = [
        ('properties', '0005_redundant_indexes'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='listing',
            name='update_update',
        ),
        *numbering('properties', 'category'),
        *numbering('properties', 'listing'),
        *numbering('properties', 'property'),
        *numbering('properties', 'unit'),
        pgtrigger.migrations.AddTrigger(
            model_name='listing',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."acceptance" IS DISTINCT FROM (NEW."acceptance") OR OLD."answer_within_hours" IS DISTINCT FROM (NEW."answer_within_hours") OR OLD."arrival_weekdays" IS DISTINCT FROM (NEW."arrival_weekdays") OR OLD."booking_window_days" IS DISTINCT FROM (NEW."booking_window_days") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."cut_off_time" IS DISTINCT FROM (NEW."cut_off_time") OR OLD."departure_weekdays" IS DISTINCT FROM (NEW."departure_weekdays") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."infants_beside" IS DISTINCT FROM (NEW."infants_beside") OR OLD."lead_time_hours" IS DISTINCT FROM (NEW."lead_time_hours") OR OLD."max_adults" IS DISTINCT FROM (NEW."max_adults") OR OLD."max_children" IS DISTINCT FROM (NEW."max_children") OR OLD."max_guests" IS DISTINCT FROM (NEW."max_guests") OR OLD."max_nights" IS DISTINCT FROM (NEW."max_nights") OR OLD."min_guest_age" IS DISTINCT FROM (NEW."min_guest_age") OR OLD."min_nights" IS DISTINCT FROM (NEW."min_nights") OR OLD."mode" IS DISTINCT FROM (NEW."mode") OR OLD."payment_terms" IS DISTINCT FROM (NEW."payment_terms") OR OLD."property_id" IS DISTINCT FROM (NEW."property_id") OR OLD."slug" IS DISTINCT FROM (NEW."slug") OR OLD."status" IS DISTINCT FROM (NEW."status") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."turnover_days" IS DISTINCT FROM (NEW."turnover_days") OR OLD."unit_id" IS DISTINCT FROM (NEW."unit_id") OR OLD."unit_type_id" IS DISTINCT FROM (NEW."unit_type_id") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at"))', func='INSERT INTO "properties_listinghistory" ("acceptance", "answer_within_hours", "arrival_weekdays", "booking_window_days", "company_id", "created_at", "currency", "cut_off_time", "departure_weekdays", "id", "infants_beside", "lead_time_hours", "max_adults", "max_children", "max_guests", "max_nights", "min_guest_age", "min_nights", "mode", "payment_terms", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "property_id", "slug", "status", "title", "turnover_days", "unit_id", "unit_type_id", "updated_at") VALUES (NEW."acceptance", NEW."answer_within_hours", NEW."arrival_weekdays", NEW."booking_window_days", NEW."company_id", NEW."created_at", NEW."currency", NEW."cut_off_time", NEW."departure_weekdays", NEW."id", NEW."infants_beside", NEW."lead_time_hours", NEW."max_adults", NEW."max_children", NEW."max_guests", NEW."max_nights", NEW."min_guest_age", NEW."min_nights", NEW."mode", NEW."payment_terms", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."property_id", NEW."slug", NEW."status", NEW."title", NEW."turnover_days", NEW."unit_id", NEW."unit_type_id", NEW."updated_at"); RETURN NULL;', hash='3b0de300a5bba2802e19da79812f61dac7af2f72', operation='UPDATE', pgid='pgtrigger_update_update_243aa', table='properties_listing', when='AFTER')),
        ),
    ]
