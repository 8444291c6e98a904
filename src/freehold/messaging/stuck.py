"""Who hears that money is stuck: those of the company who decide about money. Outbox listener."""

from django.conf import settings
from django.utils.translation import gettext, override

from freehold.companies.models import Company
from freehold.companies.selectors import people_who
from freehold.messaging.services.send_message import send_message
from freehold.payments.events import PaymentsStuck
from freehold.payments.models import StuckNotice

MOST = 20


def tell_stuck(event: PaymentsStuck) -> None:
    """One letter to each, whatever the number of things."""
    notices = StuckNotice.objects.company(event.company_id).filter(letter=event.letter_id).order_by("since", "id")
    count = notices.count()
    company = Company.objects.get(pk=event.company_id)
    with override(settings.LANGUAGE_CODE):
        lines = [f"{_words(each.kind)}: {each.provider} {each.reference}".strip() for each in notices[:MOST]]
    context = {
        "company": company.name,
        "count": count,
        "lines": lines,
        "more": count - len(lines),
        "url": f"{settings.SITE_URL}/console/money/waiting/",
    }
    for person in people_who(company_id=event.company_id, permission="payments.review"):
        if person.email:
            send_message(
                key=f"stuck:{event.letter_id}:{person.pk}",
                template="payments_stuck",
                recipient=person.email,
                context=context,
                company_id=event.company_id,
            )


def _words(kind: str) -> str:
    return {
        "payment": gettext("No answer about a payment"),
        "overdue": gettext("A payment that should be over"),
        "refund": gettext("A refund that does not arrive"),
        "message": gettext("A message that was not applied"),
        "transfer": gettext("A payout without an answer"),
    }[kind]
