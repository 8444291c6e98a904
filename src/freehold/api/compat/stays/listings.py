"""Listings of the stays API: what is let by the night, by its number."""

from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from freehold.api.compat.pages import NumberedPages
from freehold.api.compat.stays import examples
from freehold.api.compat.stays.errors import renamed
from freehold.api.compat.stays.shapes import StaysListingInput, StaysListingOutput, StaysListingsQuery, page_of
from freehold.api.idempotency import idempotent
from freehold.api.permissions import ReadByAnyone
from freehold.api.views import Endpoint
from freehold.companies.choosing import company_to_act_for, require_somewhere
from freehold.core.errors import BadInput, NotFound
from freehold.inventory.stays import StayOffer, free_stays, stay_offer
from freehold.pricing.services.offer_stay import StayFacts, change_stay, offer_stay
from freehold.properties.selectors import listing_id_of, picture_url
from freehold.properties.services.publish_listing import pause_listing

TAG = "stays API: listings"
EDIT = "properties.edit"
WIDTH = 1600
PAGES = [
    OpenApiParameter("page", OpenApiTypes.INT, description="From 1."),
    OpenApiParameter("page_size", OpenApiTypes.INT, description="20 when left out, at most 100."),
]
# Ours -> theirs: what a refusal is about.
NAMES = {"nightly": "price_per_night", "street": "address", "region": "state", "base_price_minor": "price_per_night"}


class ListingsView(Endpoint):
    permission_classes = [ReadByAnyone]
    throttle_scope = {"GET": "search"}

    @extend_schema(
        operation_id="stays_listings_list",
        parameters=[StaysListingsQuery, *PAGES],
        responses=page_of(StaysListingOutput),
        tags=[TAG],
        examples=[examples.LISTINGS],
    )
    def get(self, request: Request) -> Response:
        """All listings, the newest first; with `check_in` and `check_out` only those that are free for all of these
        nights and accept them.
        """
        wanted = self.query(StaysListingsQuery)
        pages = NumberedPages.asked(request)
        page = free_stays(
            check_in=wanted.get("check_in"),
            check_out=wanted.get("check_out"),
            offset=pages.offset,
            limit=pages.size,
        )
        return pages.answer([listing_answer(offer, request) for offer in page.offers], count=page.count)

    @extend_schema(
        operation_id="stays_listings_create",
        request=StaysListingInput,
        responses={201: StaysListingOutput},
        tags=[TAG],
        examples=[examples.NEW_LISTING, examples.LISTING_MADE],
    )
    @idempotent()
    def post(self, request: Request) -> Response:
        """Offer a place. For administrators. It is on the site at once, and paid at the property unless said otherwise.

        403 for who administers nothing.
        """
        require_somewhere(actor=self.actor, permission=EDIT)
        wanted = self.body(StaysListingInput)
        company_id = company_to_act_for(actor=self.actor, permission=EDIT, slug=wanted.get("company", ""))
        try:
            made = offer_stay(actor=self.actor, company_id=company_id, facts=_facts(wanted))
        except BadInput as refusal:
            raise renamed(refusal, NAMES) from None
        return Response(listing_answer(stay_offer(listing_id=made.pk), request), status=201)


class ListingView(Endpoint):
    permission_classes = [ReadByAnyone]

    @extend_schema(
        operation_id="stays_listings_retrieve", responses=StaysListingOutput, tags=[TAG], examples=[examples.LISTING]
    )
    def get(self, request: Request, serial: int) -> Response:
        """One listing."""
        return Response(listing_answer(_offer(serial), request))

    @extend_schema(
        operation_id="stays_listings_update",
        request=StaysListingInput,
        responses=StaysListingOutput,
        tags=[TAG],
        examples=[examples.NEW_LISTING, examples.LISTING],
    )
    def put(self, request: Request, serial: int) -> Response:
        """Describe it anew. For administrators of its company. What may be left out stays as it is; bookings keep
        what they were promised.
        """
        require_somewhere(actor=self.actor, permission=EDIT)
        listing_id: UUID = _offer(serial).listing.pk
        try:
            change_stay(actor=self.actor, listing_id=listing_id, facts=_facts(self.body(StaysListingInput)))
        except BadInput as refusal:
            raise renamed(refusal, NAMES) from None
        return Response(listing_answer(stay_offer(listing_id=listing_id), request))

    @extend_schema(operation_id="stays_listings_delete", responses={204: None}, tags=[TAG])
    def delete(self, request: Request, serial: int) -> Response:
        """Withdraw it: nobody finds or books it any more. For administrators of its company. Its bookings stay, and
        the company can publish it again.
        """
        require_somewhere(actor=self.actor, permission=EDIT)
        pause_listing(actor=self.actor, listing_id=_offer(serial).listing.pk)
        return Response(status=204)


def _offer(serial: int) -> StayOffer:
    """What this API shows under the number. Raises NotFound."""
    listing_id = listing_id_of(serial)
    if listing_id is None:
        raise NotFound("There is no such listing.")
    return stay_offer(listing_id=listing_id)


def _facts(wanted: dict[str, Any]) -> StayFacts:
    degrees = {name: float(wanted[name]) for name in ("latitude", "longitude") if wanted.get(name) is not None}
    codes = {"amenities": tuple(wanted["amenities"])} if "amenities" in wanted else {}
    plain = (
        *("title", "city", "country", "description", "postal_code", "category"),
        *("currency", "max_guests", "bedrooms", "beds", "bathrooms", "payment_terms"),
    )
    return StayFacts(
        **{name: wanted[name] for name in plain if name in wanted},
        street=wanted.get("address"),
        region=wanted.get("state"),
        nightly=wanted["price_per_night"],
        **degrees,
        **codes,
    )


def listing_answer(offer: StayOffer, request: Request) -> dict[str, Any]:
    listing, place = offer.listing, offer.listing.property
    return {
        "id": listing.serial,
        "title": listing.title,
        "description": place.description,
        "address": place.street,
        "city": place.city,
        "state": place.region,
        "country": place.country,
        "postal_code": place.postal_code,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "price_per_night": offer.nightly.amount_text(),
        "currency": offer.nightly.currency,
        "max_guests": offer.facts.max_guests,
        "bedrooms": offer.facts.bedrooms,
        "beds": offer.facts.beds,
        "bathrooms": str(offer.facts.bathrooms),
        "amenities": [amenity.code for amenity in place.amenities.all()],
        "category": place.category.slug,
        "payment_terms": listing.payment_terms,
        "check_in_time": place.check_in_time.strftime("%H:%M"),
        "check_out_time": place.check_out_time.strftime("%H:%M"),
        "host": place.host_name or listing.company.name,
        "company": listing.company.slug,
        "images": [
            {"image": request.build_absolute_uri(picture_url(shown.picture, width=WIDTH)), "caption": shown.alt}
            for shown in place.gallery.all()
        ],
        "created_at": _instant(listing.created_at),
        "updated_at": _instant(max(listing.updated_at, place.updated_at)),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
