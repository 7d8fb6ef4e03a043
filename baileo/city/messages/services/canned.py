"""Prepared answers, kept in the back office."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from baileo.city.messages.models import CannedReply
from baileo.core.errors import NotFound
from baileo.ground.ledger.models import Entry
from baileo.ground.ledger.services import append


@transaction.atomic
def canned_reply_save(
    *,
    reply: CannedReply | None,
    title: str,
    text: str,
    agency_id: int | None = None,
    position: int = 0,
    is_active: bool = True,
    actor: str,
) -> CannedReply:
    """Store a new (`reply=None`) or changed prepared answer; without an agency it is for everybody.

    Emits `canned_reply.saved`. Raises Django's `ValidationError`.
    """
    row = reply or CannedReply()
    new = {"title": title, "text": text, "agency_id": agency_id, "position": position, "is_active": is_active}
    changed = [name for name, value in new.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, new[name])
    row.full_clean()
    row.save()
    _record(row.pk, "changed" if reply else "created", actor, ",".join(changed))
    return row


STARTER = (
    (
        "Minta patokan",
        "Terima kasih laporannya. Boleh tahu patokan terdekat, misalnya toko, gereja, masjid, atau nomor tiang?",
    ),
    ("Minta foto", "Terima kasih. Kalau aman, tolong kirim satu foto supaya petugas tahu apa yang dibawa."),
    ("Diteruskan", "Laporan Anda sudah diteruskan ke instansi yang mengurus. Kabar berikutnya kami kirim di sini."),
    ("Petugas berangkat", "Petugas sedang menuju lokasi. Mohon jaga jarak dari tempat yang berbahaya."),
    (
        "Bukan wewenang kota",
        "Urusan ini bukan wewenang pemerintah kota. Silakan hubungi instansi yang kami sebut di laporan.",
    ),
)


@transaction.atomic
def canned_replies_load(*, actor: str = "system:starter") -> int:
    """A few prepared answers to begin with, once: what the office removed or changed stays so. Returns how many."""
    if CannedReply.objects.exists() or Entry.objects.filter(kind="canned_reply.saved").exists():
        return 0
    for position, (title, text) in enumerate(STARTER):
        canned_reply_save(reply=None, title=title, text=text, position=position, actor=actor)
    return len(STARTER)


@transaction.atomic
def canned_reply_delete(reply_id: int, *, actor: str) -> None:
    """Remove a prepared answer; texts already sent from it stay. Emits `canned_reply.saved`. Raises `NotFound`."""
    deleted, _rows = CannedReply.objects.filter(pk=reply_id).delete()
    if not deleted:
        raise NotFound(_("There is no such prepared answer; reload the list."))
    _record(reply_id, "deleted", actor)


def _record(reply_id: int, what: str, actor: str, changed: str = "") -> None:
    data = {"canned_reply_id": reply_id, "what": what, "changed": changed}
    append(kind="canned_reply.saved", subject=f"canned_reply:{reply_id}", actor=actor, data=data)
