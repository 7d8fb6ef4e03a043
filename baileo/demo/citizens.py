"""Pretend citizens: they report, ask, add, answer, thank and chat, at a chosen rate."""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import Random
from threading import Event

from baileo.core.clock import now
from baileo.core.errors import BaileoError
from baileo.demo.people import Person, Spots, people_of
from baileo.demo.providers.pictures import picture
from baileo.demo.town import Town
from baileo.demo.voices import Topic, said, talk, topic_of

logger = logging.getLogger(__name__)
PEOPLE = 120
SENDS_PHOTO, SENDS_SECOND_PHOTO, SENDS_PLACE = 0.35, 0.15, 0.35
REACTS = 0.5  # how often somebody whom the city asked answers within one round


class Citizens:
    """The people of one demo. With the same seed they are the same people, saying the same things."""

    def __init__(self, town: Town, *, seed: int = 1, spots: Spots | None = None) -> None:
        self._town = town
        self._random = Random(seed)
        self._spots = spots or Spots()
        self.people = people_of(Random(1), PEOPLE)
        town.introduce(self.people)
        self._talking: list[Person] = []  # those who reported something lately
        self._actions: list[tuple[int, Callable[[], object]]] = [
            (72, self.report),
            (10, self._add_something),
            (6, self._greet),
            (4, self._chat),
            (4, self._correct),
        ]

    def run(self, stop: Event, per_minute: float) -> None:
        """Speak until `stop`, at random moments that come to `per_minute` on average."""
        while not stop.wait(self._random.expovariate(per_minute / 60) if per_minute > 0 else 1.0):
            if per_minute > 0:
                self.speak_once()

    def speak_once(self) -> None:
        """One thing somebody says; answering the city comes first."""
        try:
            if not self._answer_the_city():
                weights = [weight for weight, _ in self._actions]
                self._random.choices([action for _, action in self._actions], weights)[0]()
        except BaileoError as error:  # a stopping site or a refused photo: the next word may do better
            logger.debug("A pretend citizen was not heard: %s", error)

    def report(self) -> Topic:
        """Something is broken somewhere."""
        random, topic = self._random, topic_of(self._random)
        person = random.choice(self.people)
        spot = self._spots.near_one(random, in_villages=topic.in_villages)
        line = random.choice(topic.texts)
        is_placed = "{di}" in line
        photos = self._photos(topic, spot.lon_deg, spot.lat_deg) if is_placed else []
        tells_place = is_placed and random.random() < SENDS_PLACE
        self._town.send(person, line.replace("{di}", spot.name), photos=photos, spot=spot if tells_place else None)
        if person.channel != "web":
            self._talking = [*self._talking[-40:], person]
        return topic

    def answer(self) -> None:
        """Somebody the city asked answers; else somebody adds a word."""
        if not self._answer_the_city():
            self._add_something()

    def _photos(self, topic: Topic, lon_deg: float, lat_deg: float) -> list[bytes]:
        random = self._random
        if not topic.picture or random.random() > SENDS_PHOTO:
            return []
        count = 2 if random.random() < SENDS_SECOND_PHOTO else 1
        seeds = [random.randrange(10**6) for _ in range(count)]
        return [picture(topic.picture, seed=seed, lon_deg=lon_deg, lat_deg=lat_deg, taken_at=now()) for seed in seeds]

    def _answer_the_city(self) -> bool:
        """Whoever was asked something answers; True when somebody did."""
        random, words = self._random, talk()
        for person in random.sample(self._talking, len(self._talking)):
            asked = self._town.last_word(person)
            answer = ""
            if "BELUM" in asked:
                answer = said(random, words.solved if random.random() < 0.75 else words.unsolved)
            elif "\n\n" in asked and "?" in asked:
                answer = said(random, words.answers)
            if answer and random.random() < REACTS:
                self._town.send(person, answer)
                return True
        return False

    def _add_something(self) -> None:
        if not self._talking:
            self.report()
            return
        words = talk()
        lines = words.further if self._random.random() < 0.75 else words.thanks
        self._town.send(self._random.choice(self._talking), said(self._random, lines))

    def _correct(self) -> None:
        if not self._talking:
            self.report()
            return
        spot = self._spots.near_one(self._random)
        self._town.send(self._random.choice(self._talking), said(self._random, talk().corrections, spot.name))

    def _greet(self) -> None:
        self._town.send(self._somebody(), said(self._random, talk().greetings))

    def _chat(self) -> None:
        self._town.send(self._somebody(), said(self._random, talk().chatter))

    def _somebody(self) -> Person:
        return self._random.choice([person for person in self.people if person.channel != "web"])
