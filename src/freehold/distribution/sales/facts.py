"""A house as the fields of our own tables, and the words that its listing is made of: they follow from its facts."""

from decimal import Decimal

from freehold.distribution.composing.words import bathrooms, count, join, number_word, sentence_case
from freehold.distribution.importing.facts import Facts
from freehold.distribution.sales.records import HouseRecord

CATEGORY = "house"
_GUESTS_PER_BEDROOM = 2


def facts_of_house(house: HouseRecord) -> Facts:
    """What the record says, as in `importing.facts`: what it does not say is no fact."""
    title = compose_title(house)
    said: Facts = {
        "property.category": CATEGORY,
        "property.title": title,
        "property.description": compose_description(house),
        "property.latitude": float(house.latitude),
        "property.longitude": float(house.longitude),
        "property.postal_code": house.postal_code,
        "listing.title": title,
        "unit.bedrooms": house.bedrooms,
        "unit.bathrooms": None if house.bathrooms is None else f"{house.bathrooms:.1f}",
        "sale.price_minor": house.sale.price_minor,
        "sale.living_area_m2": house.living_area_m2,
        "sale.plot_area_m2": house.plot_area_m2,
        "sale.floors": None if house.floors is None else f"{house.floors:.1f}",
        "sale.year_built": house.year_built,
        "sale.year_renovated": house.year_renovated,
        "sale.condition": house.condition,
        "sale.grade": house.grade,
        "sale.has_water_view": house.has_water_view,
        "sale.earlier_sales": [{"on": sale.on.isoformat(), "price_minor": sale.price_minor} for sale in house.earlier],
    }
    return {name: value for name, value in said.items() if value is not None and value != ""}


def completed(said: Facts) -> Facts:
    """The facts of a new house: columns that cannot be empty get the least that can be promised."""
    bedrooms = said.get("unit.bedrooms", 0)
    nothing: Facts = {
        "property.postal_code": "",
        "unit.bedrooms": 0,
        "unit.bathrooms": "0.0",
        "unit.max_guests": max(1, bedrooms * _GUESTS_PER_BEDROOM),
        "sale.living_area_m2": None,
        "sale.plot_area_m2": None,
        "sale.floors": None,
        "sale.year_built": None,
        "sale.year_renovated": None,
        "sale.condition": None,
        "sale.grade": None,
    }
    return {**nothing, **said}


def compose_title(house: HouseRecord) -> str:
    """Such as "Three-bedroom house of 240 m² by the water"."""
    size = f"{number_word(house.bedrooms)}-bedroom house" if house.bedrooms else "house"
    area = f" of {house.living_area_m2} m²" if house.living_area_m2 else ""
    return sentence_case(f"{size}{area}{' by the water' if house.has_water_view else ''}")


def compose_description(house: HouseRecord) -> str:
    """One paragraph of what is known."""
    rooms = [count(house.bedrooms, "bedroom")] if house.bedrooms else []
    if house.bathrooms and (baths := bathrooms(house.bathrooms)):
        rooms.append(baths)
    first = f"A house with {join(rooms)}" if rooms else "A house"
    if house.living_area_m2:
        first += f", {house.living_area_m2:,} m² to live in"
    if house.plot_area_m2:
        first += f" on a plot of {house.plot_area_m2:,} m²"
    sentences = [f"{first}."]
    if house.year_built:
        renewed = f" and renovated in {house.year_renovated}" if house.year_renovated else ""
        sentences.append(f"It was built in {house.year_built}{renewed}.")
    if house.floors:
        sentences.append(f"It has {_floors(house.floors)}.")
    if house.has_water_view:
        sentences.append("It stands by the water.")
    return " ".join(sentences)


def _floors(number: Decimal) -> str:
    whole = int(number)
    if number % 1:
        return f"{number_word(whole)} and a half floors"
    return count(whole, "floor")
