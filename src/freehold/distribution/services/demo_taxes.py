"""Taxes on stays in the cities of the demonstration.

Boston: Massachusetts room occupancy excise 5.7 % (M.G.L. c. 64G s. 3), the city's own excise 6.5 % (s. 3A),
and the convention center financing fee 2.75 %. Stays of more than 31 days are exempt (s. 1), so that places
let by the month carry none. The harbour levy is invented: it gives the demonstration a tax per person and
night.
"""

from freehold.distribution.airbnb.categories import Space
from freehold.distribution.airbnb.packs import City
from freehold.distribution.airbnb.records import ListingRecord
from freehold.pricing.services.import_rate_plans import TaxToImport

_LONGEST_TAXED_STAY = 31
_HOTEL_LEVY = "harbour-levy"
_BOSTON = (
    TaxToImport(
        code="state-occupancy", label="Massachusetts room occupancy excise", basis_points=570, on_cleaning=True
    ),
    TaxToImport(code="city-occupancy", label="Boston room occupancy excise", basis_points=650, on_cleaning=True),
    TaxToImport(code="convention-center", label="Convention center fee", basis_points=275, on_cleaning=True),
    TaxToImport(
        code=_HOTEL_LEVY, label="Harbour levy (demonstration)", amount_minor=150, exempt_below_age=12, max_nights=7
    ),
)


def taxes_of(city: City) -> tuple[TaxToImport, ...]:
    """The taxes that a company in the city has to know; none for a city that is not listed here."""
    return _BOSTON if (city.country, city.name) == ("US", "Boston") else ()


def taxes_of_place(record: ListingRecord, city: City) -> tuple[str, ...]:
    """Codes of the taxes on this place: hotels pay the levy too, months are exempt."""
    if record.min_nights > _LONGEST_TAXED_STAY:
        return ()
    return tuple(tax.code for tax in taxes_of(city) if tax.code != _HOTEL_LEVY or record.space is Space.HOTEL_ROOM)
