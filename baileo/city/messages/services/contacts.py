"""Who wrote: finding or making contacts, many at once. Phone, names and addresses are attributes and may be missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from baileo.city.messages.channel import Sender
from baileo.city.messages.models import ContactAlias, ContactIdentity, Conversation

Key = tuple[str, str, str]  # channel, scope, external id
ATTRIBUTES = ("display_name", "username", "phone", "email", "language")
MOST_LOCKS = 2_000  # PostgreSQL's table of locks is shared by everybody; past this the unique keys alone must do


def keys_of(channel: str, scope: str, sender: Sender) -> list[Key]:
    """Every id the provider gives for this person, the one that counts first."""
    return [(channel, scope, one) for one in dict.fromkeys((sender.external_id, *sender.aliases))]


def contacts_lock(keys: Iterable[Key]) -> None:
    """Until the transaction ends nobody else stores anything of these contacts: no two workers make the same person
    twice, and one person's messages keep their order. Always taken in the same order, so nobody waits in a circle.
    """
    numbers = sorted({_lock_number(key) for key in keys})[:MOST_LOCKS]
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [numbers])


def _lock_number(key: Key) -> int:
    digest = hashlib.blake2b("\0".join(("contact", *key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def contacts_find(keys: Iterable[Key]) -> dict[Key, ContactIdentity]:
    """The contacts known under these ids, by id. One query."""
    wanted = set(keys)
    channels, scopes, ids = ({key[part] for key in wanted} for part in range(3))
    rows = ContactAlias.objects.filter(channel__in=channels, scope__in=scopes, external_id__in=ids)
    found: dict[Key, ContactIdentity] = {}
    contacts: dict[int, ContactIdentity] = {}  # one object per contact, however many ids led to it
    for alias in rows.select_related("contact"):
        key = (alias.channel, alias.scope, alias.external_id)
        if key in wanted:
            found[key] = contacts.setdefault(alias.contact_id, alias.contact)
    return found


def contacts_find_or_make(people: Iterable[tuple[str, str, Sender]]) -> dict[Key, ContactIdentity]:
    """(channel, scope, sender) to contacts; new ones are stored, ids not seen before are remembered.

    An id that counts (`external_id`) wins over an alias: when they lead to two contacts, the two stay two, because
    joining people is a decision, and it must be possible to undo it.
    """
    senders = list(people)
    known = contacts_find(key for person in senders for key in keys_of(*person))
    made: list[ContactIdentity] = []
    named: dict[Key, ContactIdentity] = {}
    for channel, scope, sender in senders:
        keys = keys_of(channel, scope, sender)
        contact = next((known[key] for key in keys if key in known), None)
        if contact is None:
            contact = ContactIdentity(channel=channel, scope=scope, external_id=sender.external_id)
            take_attributes(contact, sender, is_newest=True)
            made.append(contact)
        for key in keys:
            if key not in known:
                known[key] = named[key] = contact
    ContactIdentity.objects.bulk_create(made)
    ContactAlias.objects.bulk_create(
        ContactAlias(contact=contact, channel=key[0], scope=key[1], external_id=key[2])
        for key, contact in named.items()
    )
    return known


def take_attributes(contact: ContactIdentity, sender: Sender, *, is_newest: bool) -> bool:
    """Update what the provider tells of a person; True when something changed.

    Absence never blanks: a name left out once is not a name taken back. An older message fills only what is empty.
    """
    changed = False
    for name in ATTRIBUTES:
        old, new = getattr(contact, name), getattr(sender, name)
        if new and new != old and (is_newest or not old):
            setattr(contact, name, new)
            changed = True
    return changed


def take_word(conversation: Conversation, address: str, at: datetime, reply_until: datetime | None) -> bool:
    """Note that the person wrote at `at`; forward only, in whatever order messages come. True when it changed."""
    changed = False
    if conversation.last_inbound_at is None or at >= conversation.last_inbound_at:
        if address and address != conversation.address:
            conversation.address = address
        conversation.last_inbound_at = at
        changed = True
    if reply_until and (conversation.reply_until is None or reply_until > conversation.reply_until):
        conversation.reply_until = reply_until
        changed = True
    return changed
