"""The city's accounts at the simulators, and words on their way over each channel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import Settings

from baileo.city.messages.models import ChannelAccount, InboundPayload
from baileo.city.messages.registry import channel_for, manifest_of
from baileo.core.clock import now
from baileo.demo.chores import hear
from baileo.demo.people import Person, Spot
from baileo.demo.providers.pictures import picture
from baileo.demo.providers.testing import Receiver
from baileo.demo.providers.whatsapp import VERIFY_TOKEN
from baileo.demo.town import Town, accounts_ensure, demo_account, make_town, web_account, web_submit

ONA = Person("Ona Fixture", "telegram", "700000001", "ona.fixture")
NONA = Person("Nona Fixture", "whatsapp", "6281200000001")
NYONG = Person("Nyong Fixture", "whatsapp", "nyong.fixture", "nyong.fixture")
WEB = Person("Warga Fixture", "web", "")
SPOT = Spot("Soya", 128.2203, -3.7125)
WORDS = "Jembatan kecil di Soya patah, anak sekolah sulit lewat"


class TestAccounts:
    def test_every_channel_has_one_that_says_demo(self, town: Town) -> None:
        names = dict(ChannelAccount.objects.values_list("channel", "name"))
        assert set(names) == {"telegram", "whatsapp_cloud", "web_form"}
        assert all("DEMO" in name for name in names.values())

    def test_they_work_as_they_are(self, town: Town) -> None:
        for account in ChannelAccount.objects.all():
            assert channel_for(account).check()

    def test_everything_the_manifests_ask_for_is_filled_in(self, town: Town) -> None:
        for account in ChannelAccount.objects.all():
            channel = channel_for(account)
            given = {**channel.account.settings, **channel.account.secrets}
            required = [field.name for field in manifest_of(account.channel).fields if field.is_required]
            assert all(given.get(name) for name in required), account.channel

    def test_a_second_start_on_the_same_port_changes_nothing(self, town: Town) -> None:
        before = list(ChannelAccount.objects.order_by("pk").values())
        accounts_ensure(town.front)
        assert list(ChannelAccount.objects.order_by("pk").values()) == before

    def test_another_port_is_noted_and_the_account_stays_the_same(self, town: Town) -> None:
        before = demo_account("telegram")
        with make_town(0) as moved:
            accounts_ensure(moved.front)
            after = demo_account("telegram")
            assert after.pk == before.pk
            assert after.settings["api_base"] == f"{moved.front.base_url}/telegram" != before.settings["api_base"]

    def test_the_site_s_own_account_is_used_when_it_is_there_first(self, town: Town) -> None:
        assert web_account().pk == web_account().pk
        assert ChannelAccount.objects.filter(channel="web_form").count() == 1


class TestSending:
    @pytest.mark.parametrize("person", [ONA, NONA, NYONG], ids=lambda person: person.contact)
    def test_words_photos_and_place_arrive_as_one_report(self, town: Town, person: Person) -> None:
        photos = [picture("road_hole", seed=seed, taken_at=now()) for seed in (1, 2)]
        town.send(person, WORDS, photos=photos, spot=SPOT)
        talk = town.phone_of(person).transcript(person.contact)
        assert [bubble.text for bubble in talk if bubble.text] == [WORDS]
        assert len([bubble for bubble in talk if bubble.media_id]) == 2
        assert [(bubble.lon_deg, bubble.lat_deg) for bubble in talk if bubble.lon_deg] == [(SPOT.lon_deg, SPOT.lat_deg)]

    def test_the_web_form_has_no_phone_to_look_at(self, town: Town) -> None:
        submission = town.send(WEB, WORDS, spot=SPOT)
        assert InboundPayload.objects.get().event_key == submission
        assert town.last_word(WEB) == ""

    def test_the_same_words_twice_are_two_submissions(self, town: Town) -> None:
        assert web_submit(WORDS, at=now()) != web_submit(WORDS, at=now())

    def test_every_name_is_known_from_the_start(self, town: Town) -> None:
        town.introduce([ONA, NONA, NYONG, WEB])
        assert town.telegram.phones.name_of("700000001") == "Ona Fixture"
        assert town.whatsapp.phones.name_of("6281200000001") == "Nona Fixture"
        assert town.whatsapp.phones.name_of("nyong.fixture") == "Nyong Fixture"

    @pytest.mark.parametrize("person", [ONA, NONA, NYONG], ids=lambda person: person.contact)
    def test_the_last_word_is_the_city_s_until_somebody_answers(self, town: Town, person: Person) -> None:
        assert town.last_word(person) == ""
        town.send(person, "Halo")
        assert town.last_word(person) == ""


class TestConnecting:
    def test_whatsapp_waits_for_a_site_that_knows_the_verify_token(self, town: Town, settings: Settings) -> None:
        with Receiver() as site:
            settings.BAILEO = replace(settings.BAILEO, public_url=site.base_url)
            assert not town.connect_whatsapp()
            site.challenge_token = VERIFY_TOKEN
            assert town.connect_whatsapp()
        assert town.whatsapp.webhook_url == f"{site.base_url}/hooks/whatsapp_cloud/demo"

    def test_a_site_that_is_not_there_is_no_error(self, town: Town, settings: Settings) -> None:
        with Receiver() as gone:
            settings.BAILEO = replace(settings.BAILEO, public_url=gone.base_url)
        assert not town.connect_whatsapp()

    def test_what_people_said_before_is_posted_once_the_site_is_there(self, town: Town, settings: Settings) -> None:
        town.send(NONA, WORDS)
        with Receiver() as site:
            site.challenge_token = VERIFY_TOKEN
            settings.BAILEO = replace(settings.BAILEO, public_url=site.base_url)
            town.connect_whatsapp()
            (call,) = site.wait_for(1)
        assert WORDS.encode() in call.body
        assert channel_for(demo_account("whatsapp_cloud")).verify(call.headers, call.body)


def test_hearing_twice_hears_nothing_new(town: Town) -> None:
    for person in (ONA, NONA, NYONG, WEB):
        town.send(person, WORDS)
    hear(town)
    first = InboundPayload.objects.count()
    hear(town)
    assert (first, InboundPayload.objects.count()) == (4, 4)
