"""What a citizen sees on the phone: every word both ways, in order, and a plain page to show it at a demonstration."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from threading import Condition
from typing import Literal
from urllib.parse import quote

from baileo.core.clock import local, now, zone_label

LONGEST_TALK = 300  # messages kept of one phone
ZONE = "Asia/Jayapura"  # the pretend city is Ambon


@dataclass
class Bubble:
    """One message on the phone's screen. `client_id` is what the city sent along with its own."""

    who: Literal["citizen", "city"]
    text: str
    external_id: str
    at: datetime = field(default_factory=now)
    media_id: str = ""
    media_type: str = ""
    lon_deg: float | None = None
    lat_deg: float | None = None
    client_id: str = ""
    is_edited: bool = False


class Phones:
    """The transcripts of all contacts, with a way to wait for what comes next. Thread-safe."""

    def __init__(self) -> None:
        self._talks: dict[str, list[Bubble]] = defaultdict(list)
        self._names: dict[str, str] = {}
        self._changed = Condition()

    def name(self, contact: str, name: str) -> None:
        with self._changed:
            self._names[contact] = name

    def name_of(self, contact: str) -> str:
        with self._changed:
            return self._names.get(contact, contact)

    def add(self, contact: str, bubble: Bubble) -> None:
        with self._changed:
            talk = self._talks[contact]
            talk.append(bubble)
            del talk[:-LONGEST_TALK]
            self._changed.notify_all()

    def edit(self, contact: str, external_id: str, text: str) -> None:
        with self._changed:
            for bubble in self._talks[contact]:
                if bubble.external_id == external_id:
                    bubble.text, bubble.is_edited = text, True

    def transcript(self, contact: str) -> list[Bubble]:
        with self._changed:
            return list(self._talks.get(contact, []))

    def inbox(self, contact: str) -> list[Bubble]:
        """Only what the city wrote."""
        return [bubble for bubble in self.transcript(contact) if bubble.who == "city"]

    def contacts(self) -> list[tuple[str, str, int]]:
        """(contact, name, messages), the latest talk first."""
        with self._changed:
            talks = sorted(self._talks.items(), key=lambda item: item[1][-1].at, reverse=True)
            return [(contact, self._names.get(contact, contact), len(talk)) for contact, talk in talks]

    def wait_for(self, contact: str, words: str = "", *, count: int = 1, timeout_s: float = 10.0) -> list[Bubble]:
        """The city's messages to this contact with `words`, as soon as there are `count`. Raises `TimeoutError`."""

        def found() -> list[Bubble]:
            talk = self._talks.get(contact, [])
            return [bubble for bubble in talk if bubble.who == "city" and words in bubble.text]

        with self._changed:
            if not self._changed.wait_for(lambda: len(found()) >= count, timeout_s):
                raise TimeoutError(f"Fewer than {count} message(s) with {words!r} within {timeout_s} s.")
            return found()


_STYLE = """
body{font:16px/1.45 system-ui,sans-serif;margin:0;background:#e7ecea;color:#14211d}
header{background:#17443a;color:#fff;padding:.7rem 1rem;position:sticky;top:0}
header b{background:#ffd24a;color:#14211d;padding:.1rem .45rem;border-radius:.3rem;margin-right:.5rem}
main{max-width:30rem;margin:0 auto;padding:.75rem;display:flex;flex-direction:column;gap:.5rem}
.b{max-width:82%;padding:.5rem .75rem;border-radius:.75rem;white-space:pre-wrap;overflow-wrap:anywhere}
.citizen{align-self:flex-end;background:#cdeccf}.city{align-self:flex-start;background:#fff}
.b small{display:block;color:#4d5c57;margin-top:.2rem}.b img{max-width:100%;border-radius:.5rem;display:block}
.phone{display:flex;flex-direction:column;height:calc(100vh - 3rem);max-width:30rem;margin:0 auto}
iframe{flex:1;border:0}
form{display:flex;gap:.5rem;padding:.5rem .75rem}
input{flex:1;font:inherit;padding:.55rem;border:1px solid #7b8a85;border-radius:.5rem}
button{font:inherit;padding:.55rem 1rem;border:0;border-radius:.5rem;background:#17443a;color:#fff}
a{color:#0f5f4c}
"""


def phone_page(provider: str, address: str, name: str) -> str:
    """The frame of one phone. The talk reloads by itself in its own frame, so that half-typed words stay."""
    talk = f'<iframe src="{address}/talk#end" title="Percakapan"></iframe>'
    form = (
        '<form method="post"><input name="text" autocomplete="off" autofocus aria-label="Pesan" placeholder="Pesan">'
        "<button>Kirim</button></form>"
    )
    return plain_page(f"{name} · {provider}", f'<div class="phone">{talk}{form}</div>')


def talk_page(provider: str, address: str, talk: list[Bubble]) -> str:
    bubbles = "".join(_bubble(address, bubble) for bubble in talk)
    end = '<a id="end"></a>'
    return plain_page(provider, f"<main>{bubbles}{end}</main>", refresh_s=2, has_header=False)


def phone_list_page(provider: str, root: str, contacts: list[tuple[str, str, int]]) -> str:
    rows = "".join(
        f'<div class="b city"><a href="{root}/phone/{quote(contact)}">{escape(name)}</a>'
        f"<small>{count} pesan</small></div>"
        for contact, name, count in contacts
    )
    return plain_page(f"Telepon warga · {provider}", f"<main>{rows or 'Belum ada pesan.'}</main>", refresh_s=4)


def _bubble(address: str, bubble: Bubble) -> str:
    parts = []
    if bubble.media_id and bubble.media_type.startswith("image/"):
        source = f"{address}/media/{quote(bubble.media_id)}"
        parts.append(f'<img src="{source}" alt="gambar kiriman">')
    if bubble.lat_deg is not None and bubble.lon_deg is not None:
        parts.append(f"Lokasi {bubble.lat_deg:.5f}, {bubble.lon_deg:.5f}<br>")
    parts.append(escape(bubble.text))
    clock = f"{local(bubble.at, ZONE):%H.%M} {zone_label(bubble.at, ZONE)}"
    notes = [clock, "diedit" if bubble.is_edited else ""]
    return (
        f'<div class="b {bubble.who}">{"".join(parts)}<small>{" · ".join(note for note in notes if note)}</small></div>'
    )


def plain_page(title: str, content: str, *, refresh_s: int = 0, has_header: bool = True) -> str:
    refresh = f'<meta http-equiv="refresh" content="{refresh_s}">' if refresh_s else ""
    header = f"<header><b>DEMO</b>{escape(title)}</header>" if has_header else ""
    return (
        f'<!doctype html><html lang="id"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"{refresh}<title>DEMO {escape(title)}</title><style>{_STYLE}</style>{header}{content}</html>"
    )
