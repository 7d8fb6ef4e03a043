"""Pretend people and the places they name."""

from __future__ import annotations

from random import Random

import pytest

from baileo.core.geo import distance_m
from baileo.demo.people import NEAR_M, Spots, people_of
from baileo.ground.places.services import starter_load


def test_the_same_seed_gives_the_same_people() -> None:
    assert people_of(Random(1), 50) == people_of(Random(1), 50)


def test_nobody_has_another_s_name_or_number() -> None:
    people = people_of(Random(1), 500)
    contacts = [(person.channel, person.contact) for person in people if person.channel != "web"]
    assert len(set(contacts)) == len(contacts)
    assert len({person.name for person in people}) == len(people)


def test_everybody_can_be_reached_the_way_they_write() -> None:
    for person in people_of(Random(1), 300):
        if person.channel == "telegram":
            assert person.contact.isdigit()
        elif person.channel == "whatsapp":
            assert (
                person.contact.startswith("62812000") if person.contact.isdigit() else person.contact == person.username
            )
        else:
            assert (person.contact, person.username) == ("", "")


def test_some_hide_their_number() -> None:
    hidden = [person for person in people_of(Random(1), 300) if person.channel == "whatsapp" and person.username]
    assert 5 < len(hidden) < 60


@pytest.mark.django_db
def test_all_five_kecamatan_have_their_turn_and_points_lie_near_what_is_named() -> None:
    starter_load("81.71")
    spots, random = Spots(), Random(1)
    assert spots.districts == ["81.71.01", "81.71.02", "81.71.03", "81.71.04", "81.71.05"]
    known = {spot.name: spot for code in spots.districts for spot in spots._by_district[code]}
    seen = [spots.near_one(random) for _ in range(400)]
    assert len({spot.name for spot in seen}) > 40
    for spot in seen:
        near = [one for code in spots.districts for one in spots._by_district[code] if one.name == spot.name]
        away_m = min(distance_m(spot.lon_deg, spot.lat_deg, one.lon_deg, one.lat_deg) for one in near)
        assert away_m < NEAR_M * 1.5, (spot, known[spot.name])
