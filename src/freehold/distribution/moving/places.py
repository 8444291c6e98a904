"""The places of a dump, with what they consist of and the ways in which they are sold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.text import slugify

from freehold.companies.models import Company
from freehold.core.actor import Actor
from freehold.core.errors import BadInput
from freehold.distribution.airbnb.amenities import normalise_amenities
from freehold.distribution.importing.whereabouts import zone_at
from freehold.distribution.moving.facts import Kind, OldOffer, OldPlace
from freehold.distribution.moving.ground import Ground
from freehold.distribution.moving.memory import Made, Memory
from freehold.distribution.moving.numbers import Numbers
from freehold.pricing.services.price_new_listings import price_new_listings
from freehold.pricing.services.set_rate_plan import RatePlanFacts
from freehold.properties.models import Listing, Property
from freehold.properties.services.import_places import (
    ListingToImport,
    PlaceToImport,
    SpaceToImport,
    make_places,
)
from freehold.properties.services.import_vocabulary import import_amenities
from freehold.properties.slugs import new_slug
from freehold.properties.types import ListingFacts, PlaceFacts, UnitFacts

_LONGEST_SLUG, _LONGEST_ENDING = 220, 40
_MOST_NEW_WORDS = 300
_YEARS_AHEAD = 3650


@dataclass(slots=True)
class Places:
    """Takes one place after the other. `policy_id` is for what is sold from now on."""

    actor: Actor
    company: Company
    ground: Ground
    policy_id: UUID
    memory: Memory
    numbers: Numbers
    categories: Mapping[UUID, str]
    _codes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def learn_words(self, places: Iterable[OldPlace]) -> None:
        """Amenities in our words; what we have no word for becomes one."""
        new: dict[str, str] = {}
        for word in dict.fromkeys(word for place in places for word in place.amenities):
            known, _ = normalise_amenities([word])
            code = slugify(word)[:60].strip("-")
            if not known and code and len(new) < _MOST_NEW_WORDS:
                new.setdefault(code, word)
                known = (code,)
            self._codes[word] = known
        import_amenities(actor=self.actor, names=new)

    def make(self, place: OldPlace) -> Made:
        notes: list[str] = []
        wanted = self._to_import(place, notes)
        made = make_places(actor=self.actor, company_id=self.company.pk, places=[wanted])
        offers = zip(made.listings.values(), place.offers, strict=True)
        price_new_listings(
            actor=self.actor,
            company_id=self.company.pk,
            plans={listing_id: self._plan(place, offer) for listing_id, offer in offers},
        )
        notes += self.numbers.note(Kind.PLACE, place)
        rooms = tuple(
            (Kind.UNIT, unit, made.units[wanted.slug, unit.name], self.numbers.note(Kind.UNIT, unit))
            for unit in place.units
        )
        return Made(made.places[wanted.slug], tuple(notes), besides=rooms)

    def _to_import(self, place: OldPlace, notes: list[str]) -> PlaceToImport:
        slug = self._slug(place, notes)
        number = self.numbers.of(Kind.PLACE, place)
        is_listing_s = any(offer.keeps_number for offer in place.offers)
        return PlaceToImport(
            slug=slug,
            source=self.memory.source,
            external_id=place.key,
            serial=None if is_listing_s else number,
            facts=self._facts(place, notes),
            types=(),
            units=[
                SpaceToImport(
                    facts=UnitFacts(
                        name=unit.name,
                        max_guests=unit.max_guests,
                        bedrooms=unit.bedrooms,
                        beds=max(1, unit.bedrooms),
                        bathrooms=unit.bathrooms,
                    ),
                    serial=self.numbers.of(Kind.UNIT, unit),
                )
                for unit in place.units
            ],
            listings=[
                ListingToImport(
                    slug=_slug_of_listing(slug, offer),
                    facts=self._listing(place, offer),
                    unit=offer.unit,
                    slots=offer.slots,
                    is_paused=not place.is_published,
                    serial=number if offer.keeps_number else None,
                )
                for offer in place.offers
            ],
        )

    def _facts(self, place: OldPlace, notes: list[str]) -> PlaceFacts:
        city, neighbourhood = self.ground.city_of(place.location)
        latitude, longitude = place.latitude, place.longitude
        if latitude is None or longitude is None:
            latitude, longitude = self.ground.latitude, self.ground.longitude
            notes.append("nobody wrote down where it is: it stands in the middle of the map until you say")
        codes = {code for word in place.amenities for code in self._codes[word]}
        return PlaceFacts(
            title=place.title,
            category=self._category(place),
            city=city,
            neighbourhood=neighbourhood,
            country=place.country if len(place.country) == 2 else self.ground.country,
            latitude=latitude,
            longitude=longitude,
            time_zone=zone_at(latitude, longitude) or self.ground.time_zone,
            description=place.description,
            check_in_time=place.check_in_time,
            check_out_time=place.check_out_time,
            amenities=tuple(sorted(codes)),
        )

    def _category(self, place: OldPlace) -> str:
        if place.category_slug:
            return place.category_slug
        category_id = self.memory.ids.get((Kind.CATEGORY, place.category))
        if category_id is None or category_id not in self.categories:
            raise BadInput(f"Its category {place.category or '(none)'} is not in the dump, or was refused.")
        return self.categories[category_id]

    def _slug(self, place: OldPlace, notes: list[str]) -> str:
        """Its old address where that is one and nobody has it."""
        try:
            validate_slug(place.slug)
        except ValidationError:
            return new_slug(place.title)
        wanted = place.slug[:_LONGEST_SLUG]
        if not Property.objects.system("addresses of places").filter(slug=wanted).exists():
            return wanted
        found = new_slug(place.title)
        notes.append(f"the address {wanted} is taken here: it is {found} now")
        return found

    def _listing(self, place: OldPlace, offer: OldOffer) -> ListingFacts:
        unit = next(unit for unit in place.units if unit.name == offer.unit)
        return ListingFacts(
            title=offer.title,
            currency=self.company.currency,
            max_guests=unit.max_guests,
            mode=offer.mode,
            payment_terms=offer.payment_terms,
            booking_window_days=_YEARS_AHEAD,
        )

    def _plan(self, place: OldPlace, offer: OldOffer) -> RatePlanFacts:
        unit = next(unit for unit in place.units if unit.name == offer.unit)
        return RatePlanFacts(
            basis=offer.basis,
            base_price_minor=offer.price.minor,
            included_guests=unit.max_guests,
            cancellation_policy_id=self.policy_id,
        )


def _slug_of_listing(slug: str, offer: OldOffer) -> str:
    wanted = f"{slug[: _LONGEST_SLUG - _LONGEST_ENDING]}-{offer.ending}"[:_LONGEST_SLUG].strip("-")
    taken = Listing.objects.system("addresses of listings").filter(slug=wanted).exists()
    return new_slug(wanted) if taken else wanted
