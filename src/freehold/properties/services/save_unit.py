"""What a place consists of: units, composites of them, and types of which any unit will do."""

from uuid import UUID

from django.db import IntegrityError, transaction

from freehold.core.actor import Actor
from freehold.core.errors import BadInput, Conflict
from freehold.properties.access import permitted
from freehold.properties.models import Property, Unit, UnitPart, UnitType
from freehold.properties.types import UnitFacts

_SPACE = ("name", "max_guests", "bedrooms", "beds", "bathrooms")


def create_unit(*, actor: Actor, property_id: UUID, facts: UnitFacts) -> Unit:
    """A leaf, or with `part_ids` a composite of leaves of the same property. Raises BadInput, Conflict `name_taken`."""
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
        kind = Unit.Kind.COMPOSITE if facts.part_ids else Unit.Kind.LEAF
        unit = Unit(property=place, company_id=place.company_id, kind=kind)
        _write(unit, facts)
    return unit


def update_unit(*, actor: Actor, unit_id: UUID, facts: UnitFacts) -> Unit:
    """A leaf stays a leaf and a composite a composite, because claims were made on what it was."""
    with transaction.atomic():
        unit = permitted(actor=actor, model=Unit, pk=unit_id, lock=True)
        if bool(facts.part_ids) != (unit.kind == Unit.Kind.COMPOSITE):
            raise BadInput("A unit does not change between whole and composed.", code="kind", attr="part_ids")
        _write(unit, facts)
    return unit


def create_unit_type(*, actor: Actor, property_id: UUID, facts: UnitFacts) -> UnitType:
    """Raises Conflict `name_taken`."""
    with transaction.atomic():
        place = permitted(actor=actor, model=Property, pk=property_id, lock=True)
        unit_type = UnitType(property=place, company_id=place.company_id, description=facts.description)
        _set_space(unit_type, facts)
        _save(unit_type)
    return unit_type


def facts_of_unit(unit: Unit) -> UnitFacts:
    """What is said about it now: the start of a change."""
    return UnitFacts(
        **{name: getattr(unit, name) for name in _SPACE},
        unit_type_id=unit.unit_type_id,
        part_ids=tuple(part.part_id for part in unit.unit_parts.all()),
        is_active=unit.is_active,
    )


def _write(unit: Unit, facts: UnitFacts) -> None:
    siblings = Unit.objects.company(unit.company_id).filter(property_id=unit.property_id)
    parts = set(siblings.filter(pk__in=facts.part_ids, kind=Unit.Kind.LEAF).values_list("pk", flat=True))
    if parts != set(facts.part_ids):
        raise BadInput("Parts are whole units of the same property.", code="invalid_part", attr="part_ids")
    if facts.unit_type_id is not None:
        types = UnitType.objects.company(unit.company_id).filter(property_id=unit.property_id)
        if not types.filter(pk=facts.unit_type_id).exists():
            raise BadInput("There is no such type in this property.", code="unknown_unit_type", attr="unit_type_id")
    unit.unit_type_id = facts.unit_type_id
    unit.is_active = facts.is_active
    _set_space(unit, facts)
    _save(unit)
    UnitPart.objects.filter(composite=unit).exclude(part_id__in=parts).delete()
    UnitPart.objects.bulk_create((UnitPart(composite=unit, part_id=part) for part in parts), ignore_conflicts=True)


def _set_space(space: Unit | UnitType, facts: UnitFacts) -> None:
    for name in _SPACE:
        setattr(space, name, getattr(facts, name))


def _save(space: Unit | UnitType) -> None:
    try:
        with transaction.atomic():
            space.save()
    except IntegrityError:
        raise Conflict("The property has one of this name.", code="name_taken", attr="name") from None
