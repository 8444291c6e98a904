"""The people of a dump, and its categories: what belongs to no company."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from freehold.accounts.services.import_user import import_user
from freehold.core.actor import Actor
from freehold.distribution.moving.facts import Kind, OldCategory, OldPerson
from freehold.distribution.moving.memory import Made, Memory
from freehold.distribution.moving.numbers import Numbers
from freehold.properties.services.import_vocabulary import import_category


def take_people(actor: Actor, people: Sequence[OldPerson], memory: Memory, numbers: Numbers) -> None:
    for person in people:
        memory.take(Kind.PERSON, person, partial(_make_person, actor, person, numbers))
    # With --natural-foreign, other rows name people by their user names. One that looks like a key stands for nobody.
    for person in people:
        name, made = person.facts.username, memory.ids.get((Kind.PERSON, person.key))
        if made is not None and name and not name.isdigit():
            memory.ids.setdefault((Kind.PERSON, name), made)


def _make_person(actor: Actor, person: OldPerson, numbers: Numbers) -> Made:
    facts = replace(person.facts, serial=numbers.of(Kind.PERSON, person))
    made = import_user(actor=actor, person=facts)
    if made.is_new:
        return Made(made.id, (*made.notes, *numbers.note(Kind.PERSON, person)))
    return Made(made.id, (*made.notes, f"its number here is {made.user.serial}"))


def take_categories(actor: Actor, categories: Sequence[OldCategory], memory: Memory, numbers: Numbers) -> None:
    """Parents first. What hangs in a ring, or below something that is not there, is refused."""
    waiting = list(categories)
    while waiting:
        ready = [each for each in waiting if not each.parent or (Kind.CATEGORY, each.parent) in memory.ids]
        if not ready:
            break
        for category in ready:
            memory.take(Kind.CATEGORY, category, partial(_make_category, actor, category, memory, numbers))
        tried = {each.key for each in ready}
        waiting = [each for each in waiting if each.key not in tried]
    for category in waiting:
        memory.refuse(category, f"its parent {category.parent} is not in the dump, was refused, or hangs below itself")


def _make_category(actor: Actor, category: OldCategory, memory: Memory, numbers: Numbers) -> Made:
    parent_id = memory.ids[Kind.CATEGORY, category.parent] if category.parent else None
    made, is_new = import_category(
        actor=actor,
        slug=category.slug,
        name=category.name,
        parent_id=parent_id,
        serial=numbers.of(Kind.CATEGORY, category),
    )
    notes = (
        numbers.note(Kind.CATEGORY, category) if is_new else ("a category of this slug is here, and stays as it is",)
    )
    return Made(made, notes)
