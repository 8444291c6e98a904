"""`python -m tests.support.stock N`: makes N places that can be booked, and prints their listing ids as JSON.

Run with the environment of a running house: its web server sells what this process has made.
"""

import json
import sys

import django

django.setup()

from tests.factories import CompanyFactory, ListingFactory, PropertyFactory  # noqa: E402 - models need the setup


def main() -> None:
    company = CompanyFactory(slug="proof", name="Proof of the house")
    place = PropertyFactory(company=company, slug="proof-house", title="Proof house")
    listings = [
        ListingFactory(company=company, property=place, slug=f"proof-{number}") for number in range(int(sys.argv[1]))
    ]
    print(json.dumps([str(listing.pk) for listing in listings]))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
