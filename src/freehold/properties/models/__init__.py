"""What exists and how it is sold: Property -> UnitType -> Unit, and Listing as one way of selling one of them."""

from freehold.properties.models.listings import Listing, SaleDetails, SlotRules, StayRestriction
from freehold.properties.models.places import Amenity, Category, Picture, Property, PropertyAmenity, PropertyPicture
from freehold.properties.models.units import SpaceFacts, Unit, UnitPart, UnitType

__all__ = [
    "Amenity",
    "Category",
    "Listing",
    "Picture",
    "Property",
    "PropertyAmenity",
    "PropertyPicture",
    "SaleDetails",
    "SlotRules",
    "SpaceFacts",
    "StayRestriction",
    "Unit",
    "UnitPart",
    "UnitType",
]
