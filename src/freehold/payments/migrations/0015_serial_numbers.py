"""Whole numbers beside the ids, given by sequences; the rows that are there are numbered as they were made."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

from freehold.core.serials import numbering


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0014_payer_claims'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='payment',
            name='update_update',
        ),
        *numbering('payments', 'payment'),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."account" IS DISTINCT FROM (NEW."account") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."announced_minor" IS DISTINCT FROM (NEW."announced_minor") OR OLD."attempt" IS DISTINCT FROM (NEW."attempt") OR OLD."authorized_at" IS DISTINCT FROM (NEW."authorized_at") OR OLD."authorized_until" IS DISTINCT FROM (NEW."authorized_until") OR OLD."capture" IS DISTINCT FROM (NEW."capture") OR OLD."capture_minor" IS DISTINCT FROM (NEW."capture_minor") OR OLD."charge_id" IS DISTINCT FROM (NEW."charge_id") OR OLD."company_id" IS DISTINCT FROM (NEW."company_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."error_code" IS DISTINCT FROM (NEW."error_code") OR OLD."error_kind" IS DISTINCT FROM (NEW."error_kind") OR OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."fetch_count" IS DISTINCT FROM (NEW."fetch_count") OR OLD."fetched_at" IS DISTINCT FROM (NEW."fetched_at") OR OLD."folio_id" IS DISTINCT FROM (NEW."folio_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."let_go_at" IS DISTINCT FROM (NEW."let_go_at") OR OLD."link_id" IS DISTINCT FROM (NEW."link_id") OR OLD."next_action" IS DISTINCT FROM (NEW."next_action") OR OLD."next_fetch_at" IS DISTINCT FROM (NEW."next_fetch_at") OR OLD."notify_token" IS DISTINCT FROM (NEW."notify_token") OR OLD."object_id" IS DISTINCT FROM (NEW."object_id") OR OLD."paid_at" IS DISTINCT FROM (NEW."paid_at") OR OLD."payer_id" IS DISTINCT FROM (NEW."payer_id") OR OLD."provider" IS DISTINCT FROM (NEW."provider") OR OLD."provider_extra" IS DISTINCT FROM (NEW."provider_extra") OR OLD."purpose" IS DISTINCT FROM (NEW."purpose") OR OLD."received_minor" IS DISTINCT FROM (NEW."received_minor") OR OLD."request" IS DISTINCT FROM (NEW."request") OR OLD."return_url" IS DISTINCT FROM (NEW."return_url") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at"))', func='INSERT INTO "payments_paymenthistory" ("account", "amount_minor", "announced_minor", "attempt", "authorized_at", "authorized_until", "capture", "capture_minor", "charge_id", "company_id", "created_at", "currency", "error_code", "error_kind", "expires_at", "fetch_count", "fetched_at", "folio_id", "id", "let_go_at", "link_id", "next_action", "next_fetch_at", "notify_token", "object_id", "paid_at", "payer_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "provider", "provider_extra", "purpose", "received_minor", "request", "return_url", "state", "updated_at") VALUES (NEW."account", NEW."amount_minor", NEW."announced_minor", NEW."attempt", NEW."authorized_at", NEW."authorized_until", NEW."capture", NEW."capture_minor", NEW."charge_id", NEW."company_id", NEW."created_at", NEW."currency", NEW."error_code", NEW."error_kind", NEW."expires_at", NEW."fetch_count", NEW."fetched_at", NEW."folio_id", NEW."id", NEW."let_go_at", NEW."link_id", NEW."next_action", NEW."next_fetch_at", NEW."notify_token", NEW."object_id", NEW."paid_at", NEW."payer_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."provider", NEW."provider_extra", NEW."purpose", NEW."received_minor", NEW."request", NEW."return_url", NEW."state", NEW."updated_at"); RETURN NULL;', hash='90d962c3210014d992af73c0b4fd080cb7354b15', operation='UPDATE', pgid='pgtrigger_update_update_dd546', table='payments_payment', when='AFTER')),
        ),
    ]
