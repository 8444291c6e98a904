"""Tags and filters of the pages: icons, money, days and instants, pictures, form fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django import forms, template
from django.forms.boundfield import BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from freehold.domain.money import Money
from freehold.domain.periods import time_zone
from freehold.web.ui import formats

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """A lucide icon from the packaged sprite. Without `label` it is decoration and hidden from screen readers."""
    css = f"icon icon-{size}" if size else "icon"
    address = f"{static('ui/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', css, label, address)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', css, address)


@register.filter
def money(amount: Money | None) -> SafeString | str:
    """An amount that somebody pays or gets: "$540.00", never broken over two lines."""
    return "" if amount is None else format_html('<span class="money">{}</span>', formats.money(amount))


@register.filter
def money_text(amount: Money | None) -> str:
    """As `money`, without markup, for attributes and messages."""
    return "" if amount is None else formats.money(amount)


@register.filter
def money_whole(amount: Money | None) -> str:
    return "" if amount is None else formats.money_whole(amount)


@register.filter
def money_cell(amount: Money | None) -> str:
    return "" if amount is None else formats.money_cell(amount)


@register.filter
def money_short(amount: Money | None) -> str:
    return "" if amount is None else formats.money_short(amount)


@register.filter
def number(value: int | float | Decimal | None) -> str:
    return "" if value is None else formats.number(value)


@register.filter
def rating(value: Decimal | float | None) -> str:
    return "" if value is None else formats.rating(value)


@register.filter
def day(value: date | None) -> str:
    return "" if value is None else formats.day(value)


@register.filter
def day_with_year(value: date | None) -> str:
    return "" if value is None else formats.day_with_year(value)


@register.filter
def day_full(value: date | None) -> str:
    return "" if value is None else formats.day_full(value)


@register.filter
def month(value: date) -> str:
    return formats.month(value)


@register.filter
def clock(value: time | datetime) -> str:
    return formats.clock(value)


@register.simple_tag
def days(start: date, end: date) -> str:
    return formats.days(start, end)


@register.simple_tag
def clock_at(instant: datetime, zone: str) -> str:
    """Only the time of day on the property's clock: "2:32 PM"."""
    return formats.clock(instant.astimezone(time_zone(zone)))


@register.simple_tag
def moment(instant: datetime, zone: str) -> SafeString:
    """An instant on the property's clock, without its zone: say that once, with `zone_note`."""
    return format_html('<time datetime="{}">{}</time>', instant.isoformat(), formats.instant(instant, zone))


@register.simple_tag(takes_context=True)
def when(context: Mapping[str, Any], instant: datetime, zone: str) -> SafeString:
    """An instant on the property's clock. Names its city when the viewer's device keeps another time."""
    shown = moment(instant, zone)
    if not _is_elsewhere(context, instant, zone):
        return shown
    return format_html(gettext("{} ({} time)"), shown, _city(context, zone))


@register.simple_tag(takes_context=True)
def zone_note(context: Mapping[str, Any], instant: datetime | None, zone: str) -> str:
    """ "Times are Boston time." for a viewer whose device keeps another one, else nothing."""
    if instant is None or not _is_elsewhere(context, instant, zone):
        return ""
    return gettext("Times are %(city)s time.") % {"city": _city(context, zone)}


def _is_elsewhere(context: Mapping[str, Any], instant: datetime, zone: str) -> bool:
    return _viewer_offset(context, instant) != instant.astimezone(time_zone(zone)).utcoffset()


def _city(context: Mapping[str, Any], zone: str) -> str:
    """The property's own city says more than its zone's ("Boston time", not "New York time")."""
    return str(context.get("city") or zone.rpartition("/")[2].replace("_", " "))


def _viewer_offset(context: Mapping[str, Any], instant: datetime) -> timedelta | None:
    request = context.get("request")
    name = unquote(request.COOKIES.get("tz", "")) if request else ""
    try:
        return instant.astimezone(ZoneInfo(name)).utcoffset() if name else None
    except (KeyError, ValueError, OSError):
        # The cookie is anybody's text.
        return None


@register.simple_tag
def weekdays() -> list[tuple[str, str]]:
    return formats.weekdays()


@register.simple_tag
def week_start() -> int:
    """As scripts count: 0 is Sunday."""
    return (formats.first_weekday() + 1) % 7


@register.simple_tag
def picture(image: Any, sizes: str = "100vw", loading: str = "lazy", *, alt: str | None = None) -> SafeString:
    """An <img> with its renditions. `image` has url, alt, width, height and renditions (width -> address); or None."""
    if image is None:
        return SafeString("")
    renditions = sorted((int(width), address) for width, address in image.renditions.items())
    responsive = format_html(
        ' srcset="{}" sizes="{}"', ", ".join(f"{address} {width}w" for width, address in renditions), sizes
    )
    return format_html(
        '<img src="{}"{} alt="{}" width="{}" height="{}" decoding="async" loading="{}">',
        image.url,
        responsive if renditions else "",
        image.alt if alt is None else alt,
        image.width,
        image.height,
        loading,
    )


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, css: str = "", label: str = "") -> dict[str, Any]:
    """One form field: label, control, help and error, tied together for assistive technology."""
    widget = bound.field.widget
    is_checkbox = isinstance(widget, forms.CheckboxInput)
    # The browser's own check writes into the error slot, so the control names it before there is an error.
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    attributes: dict[str, str | bool] = {"aria-describedby": " ".join([*described, f"{bound.auto_id}_error"])}
    if not is_checkbox:
        attributes["class"] = "input"
    return {
        "field": bound,
        "css": css,
        "label": label or bound.label,
        "control": bound.as_widget(attrs=attributes),
        "is_checkbox": is_checkbox,
        "is_group": isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple),
    }
