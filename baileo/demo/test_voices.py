"""The pretend people's texts: enough of them, all different, all usable."""

from __future__ import annotations

import tomllib
from collections import Counter
from random import Random

import pytest

from baileo.city.service_requests.services import starting
from baileo.core.redact import find_personal_data
from baileo.demo.providers.pictures import KINDS
from baileo.demo.voices import Topic, answer_for, rejection_for, said, service_of, talk, topic_of, topics


def catalogue_codes() -> set[str]:
    catalogue = tomllib.loads((starting.STARTER / "catalogue.toml").read_text(encoding="utf-8"))
    return {service["service_code"] if "service_code" in service else service["code"]
            for group in catalogue["group"] for service in group["service"]}  # fmt: skip


def test_there_are_more_than_150_reports_and_no_two_are_the_same() -> None:
    texts = [text for topic in topics() for text in topic.texts]
    assert len(texts) > 150
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("topic", topics(), ids=lambda topic: topic.name)
def test_every_topic_can_be_used(topic: Topic) -> None:
    assert topic.service in catalogue_codes()
    assert topic.picture in {"", *KINDS}
    assert all(text.count("{") == text.count("{di}") == text.count("}") <= 1 for text in topic.texts)
    assert all(10 <= len(text) <= 300 and text == text.strip() for text in topic.texts)


def test_answers_belong_to_services_that_exist() -> None:
    codes = catalogue_codes()
    assert set(talk().resolved_by_service) <= codes
    assert {code for one in talk().rejections for code in one.services} <= codes


def test_nobody_s_number_stands_in_a_text() -> None:
    lines = [text for topic in topics() for text in topic.texts] + [*talk().chatter, *talk().further, *talk().answers]
    assert not [line for line in lines if find_personal_data(line)]


def test_both_ways_of_speaking_are_heard() -> None:
    texts = [text.lower() for topic in topics() for text in topic.texts]
    ambonese = [text for text in texts if {"su", "seng", "katong", "jalang", "aer", "skali"} & set(text.split())]
    assert 40 < len(ambonese) < len(texts) - 40


def test_common_topics_come_more_often() -> None:
    random = Random(1)
    drawn = Counter(topic_of(random).name for _ in range(3000))
    assert drawn["waste"] > drawn["fire"] * 2
    assert set(drawn) == {topic.name for topic in topics()}


def test_a_report_is_recognised_with_its_place_in_it() -> None:
    for topic in topics():
        for text in topic.texts:
            assert service_of(text.replace("{di}", "Batu Merah")), text
    assert service_of("something nobody here has said") == ""


def test_the_place_is_filled_in() -> None:
    assert said(Random(1), ["di {di} gelap"], "Soya") == "di Soya gelap"


def test_officers_find_words_for_every_service() -> None:
    random = Random(1)
    assert answer_for(random, "street_light") in talk().resolved_by_service["street_light"]
    assert answer_for(random, "unheard_of") in talk().resolved
    assert "PLN" in rejection_for(random, "power_outage").refer_to
    assert rejection_for(random, "unheard_of").reason
