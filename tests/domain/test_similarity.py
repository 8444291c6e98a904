"""The score of two places: symmetric, bounded, monotone; and the words that are made of it."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from freehold.domain.similarity import (
    WEIGHTS,
    Profile,
    SimilarityError,
    compare,
    distance_km,
    distance_words,
    kind_words,
    price_percent,
    price_words,
)

latitudes = st.floats(-90, 90, allow_nan=False)
longitudes = st.floats(-180, 180, allow_nan=False)
codes = st.frozensets(st.sampled_from(["wifi", "pool", "parking", "sauna", "kitchen"]))
profiles = st.builds(
    Profile,
    path=st.lists(st.integers(1, 3), max_size=4).map(tuple),
    latitude=latitudes,
    longitude=longitudes,
    price_minor=st.integers(0, 10**12),
    currency=st.sampled_from(["USD", "EUR"]),
    amenities=codes,
    capacity=st.integers(1, 1000),
)

FLAT = Profile(
    path=("homes", "apartments", "loft"),
    latitude=42.35,
    longitude=-71.08,
    price_minor=10_000,
    currency="USD",
    amenities=frozenset({"wifi", "parking"}),
    capacity=4,
)


def test_the_weights_are_shares_of_one() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)


@given(profiles, profiles)
def test_the_score_is_symmetric_and_bounded(one: Profile, other: Profile) -> None:
    there, back = compare(one, other), compare(other, one)
    assert there.score == pytest.approx(back.score)
    assert 0 <= there.score <= 1
    assert there.shared == back.shared
    assert there.distance_km == pytest.approx(back.distance_km)


@given(profiles)
def test_nothing_is_more_like_a_place_than_itself(place: Profile) -> None:
    assert compare(place, place).score == pytest.approx(1)


@given(st.floats(0, 1), st.floats(0, 1))
def test_nearer_is_never_less_alike(one: float, other: float) -> None:
    near, far = sorted((one, other))
    scores = [compare(FLAT, replace(FLAT, latitude=FLAT.latitude + away)).score for away in (near, far)]
    assert scores[0] >= scores[1]


@given(st.integers(10_000, 10**9), st.integers(10_000, 10**9))
def test_a_price_that_is_further_off_is_never_more_alike(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert compare(FLAT, replace(FLAT, price_minor=low)).score >= compare(FLAT, replace(FLAT, price_minor=high)).score


@given(st.integers(0, 3))
def test_the_longer_the_shared_path_the_more_alike(depth: int) -> None:
    def with_shared(count: int) -> float:
        return compare(FLAT, replace(FLAT, path=(*FLAT.path[:count], *"xyz"[count:]))).score

    assume(depth < 3)
    assert with_shared(depth) < with_shared(depth + 1)


@given(codes, codes)
def test_one_more_thing_in_common_is_never_less_alike(mine: frozenset[str], theirs: frozenset[str]) -> None:
    place = replace(FLAT, amenities=mine)
    less, more = replace(FLAT, amenities=theirs), replace(FLAT, amenities=theirs | (mine - theirs))
    assert compare(place, less).score <= compare(place, more).score


def test_another_currency_says_nothing_about_the_price() -> None:
    comparison = compare(FLAT, replace(FLAT, currency="EUR"))
    assert comparison.price_percent is None
    assert comparison.score == pytest.approx(1 - WEIGHTS["price"])


@pytest.mark.parametrize(
    "change", [{"latitude": 91.0}, {"longitude": float("nan")}, {"price_minor": -1}, {"capacity": 0}]
)
def test_what_cannot_be_compared_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(SimilarityError):
        replace(FLAT, **change)  # type: ignore[arg-type]


@given(latitudes, longitudes, latitudes, longitudes)
def test_no_distance_is_longer_than_half_way_round(south: float, west: float, north: float, east: float) -> None:
    assert 0 <= distance_km(south, west, north, east) <= 20_016


@pytest.mark.parametrize(
    ("here", "there", "kilometres"),
    [
        ((42.3601, -71.0589), (42.3736, -71.1097), 4.4),  # Boston to Cambridge
        ((51.5074, -0.1278), (48.8566, 2.3522), 343.6),  # London to Paris
        ((-16.8, 179.99), (-16.8, -179.99), 2.1),  # across the date line
    ],
)
def test_distances_are_those_of_the_earth(
    here: tuple[float, float], there: tuple[float, float], kilometres: float
) -> None:
    assert distance_km(*here, *there) == pytest.approx(kilometres, abs=0.1)


@given(st.integers(1, 10**12), st.integers(0, 10**12))
def test_per_cents_go_the_way_of_the_price(minor: int, other: int) -> None:
    percent = price_percent(minor, other)
    assert percent is not None
    assert abs(percent - 100 * (other - minor) / minor) <= 0.5 + 1e-3
    assert percent * (other - minor) >= 0


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (None, ""),
        (0, "about the same price"),
        (-2, "about the same price"),
        (-8, "8 % cheaper"),
        (12, "12 % more"),
        (74, "74 % more"),
        (75, "about twice the price"),
        (149, "about twice the price"),
        (150, "about 3 times the price"),
        (534, "about 6 times the price"),
    ],
)
def test_prices_in_words(percent: int | None, words: str) -> None:
    assert price_words(percent) == words


@pytest.mark.parametrize(
    ("kilometres", "words"),
    [(0.0, "next door"), (0.06, "0.1 km away"), (0.42, "0.4 km away"), (9.97, "10 km away"), (12.4, "12 km away")],
)
def test_distances_in_words(kilometres: float, words: str) -> None:
    assert distance_words(kilometres) == words


@pytest.mark.parametrize(
    ("name", "is_same", "words"),
    [
        ("Apartment", True, "Also an apartment"),
        ("Loft", False, "A loft"),
        ("Houses", False, "Houses"),
        ("Houses", True, "Also houses"),
        ("RV park", False, "A RV park"),
        ("Guest house of glass", True, "Also a guest house of glass"),
    ],
)
def test_kinds_in_words(name: str, is_same: bool, words: str) -> None:
    assert kind_words(name, is_same=is_same) == words
