"""Whoever writes a front end for the resort API sees of each operation what it takes and what it gives."""

from freehold.api.compat.resort.shapes import TAG
from tests.api.test_identity_examples import contents, misfits, schema


def test_each_operation_of_the_resort_api_shows_fitting_examples() -> None:
    operations = [
        operation
        for methods in schema()["paths"].values()
        for operation in methods.values()
        if TAG in operation.get("tags", [])
    ]
    assert len(operations) == 7
    for operation in operations:
        name = operation["operationId"]
        assert operation["description"], name
        for what, content in contents(operation):
            assert content.get("examples"), f"{name} {what}"
            for example in content["examples"].values():
                assert list(misfits(example["value"], content["schema"])) == [], f"{name} {what}"
