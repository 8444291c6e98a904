"""What is for sale: a list with filters, and the page of one house, with an enquiry instead of a booking."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from freehold.core.errors import NotFound
from freehold.properties.for_sale import SaleFilter, SaleSort, in_order, listings_for_sale, usual_currency
from freehold.properties.models import Listing, SaleDetails
from freehold.web.site.present.sale import SalePage, sale_card
from freehold.web.ui.basemap import base_map
from freehold.web.ui.pages import open_page

PAGE_SIZE = 24
MAX_PRICE = Decimal(10**12)
MAX_AREA = 10**7


class SalesForm(forms.Form):
    """The filters of the list; each may be left empty."""

    q = forms.CharField(label=_("Place or words"), max_length=200, required=False)
    min_price = forms.DecimalField(
        label=_("Lowest price"), min_value=0, max_value=MAX_PRICE, decimal_places=2, required=False
    )
    max_price = forms.DecimalField(
        label=_("Highest price"), min_value=0, max_value=MAX_PRICE, decimal_places=2, required=False
    )
    bedrooms = forms.IntegerField(label=_("Bedrooms, at least"), min_value=0, max_value=100, required=False)
    min_area = forms.IntegerField(label=_("m², at least"), min_value=0, max_value=MAX_AREA, required=False)
    sort = forms.ChoiceField(
        label=_("Sort by"),
        required=False,
        choices=[
            (SaleSort.NEWEST.value, _("Newest first")),
            (SaleSort.PRICE.value, _("Lowest price first")),
            (SaleSort.PRICE_DOWN.value, _("Highest price first")),
            (SaleSort.LARGEST.value, _("Largest first")),
        ],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def clean_q(self) -> str:
        return str(self.cleaned_data["q"]).replace("\x00", "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        low, high = cleaned.get("min_price"), cleaned.get("max_price")
        if low is not None and high is not None and high < low:
            self.add_error("max_price", _("The highest price is below the lowest."))
        return cleaned


@require_GET
@open_page
def sales(request: HttpRequest) -> HttpResponse:
    form = SalesForm(request.GET)
    form.is_valid()
    # What cannot be read is said beside its field; the other filters hold.
    wanted = form.cleaned_data
    currency = usual_currency()
    listings = listings_for_sale(
        SaleFilter(
            text=wanted.get("q") or "",
            currency=currency if _has_price(wanted) else "",
            min_price=wanted.get("min_price"),
            max_price=wanted.get("max_price"),
            bedrooms=wanted.get("bedrooms"),
            area_m2=wanted.get("min_area"),
        )
    )
    paginator = Paginator(in_order(listings, SaleSort(wanted.get("sort") or SaleSort.NEWEST)), PAGE_SIZE)
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "pages": paginator.get_elided_page_range(page.number),
        "cards": [sale_card(listing) for listing in page],
        "currency": currency,
        "is_filtered": any(wanted.get(name) not in (None, "") for name in ("q", "min_price", "max_price"))
        or any(wanted.get(name) for name in ("bedrooms", "min_area")),
    }
    return render(request, "site/sales.html", context, status=200 if form.is_valid() else 422)


def sale_page(request: HttpRequest, listing: Listing) -> HttpResponse:
    """The page of a listing of mode `sale`. Without a price it is not there."""
    if not SaleDetails.objects.filter(listing=listing).exists():
        raise NotFound("There is no such listing.")
    context = {"place": SalePage(listing), "map": base_map(listing.property.city)}
    return render(request, "site/sale.html", context)


def _has_price(wanted: dict[str, Any]) -> bool:
    return wanted.get("min_price") is not None or wanted.get("max_price") is not None
