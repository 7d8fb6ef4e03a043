"""Every write of this room."""

from baileo.city.messages.services.accounts import account_check, account_save, account_trouble
from baileo.city.messages.services.attachments import (
    attachment_retry,
    attachments_fetch,
    attachments_store_upload,
    uploads_forget,
)
from baileo.city.messages.services.automatic import Automatic, messages_queue_automatic
from baileo.city.messages.services.canned import canned_replies_load, canned_reply_delete, canned_reply_save
from baileo.city.messages.services.deciding import message_confirm, message_give_up, message_retry
from baileo.city.messages.services.delivery import delivery_record
from baileo.city.messages.services.payloads import (
    payload_reopen,
    payload_store,
    payloads_forget,
)
from baileo.city.messages.services.queueing import message_queue
from baileo.city.messages.services.sending import outbox_send, outbox_sweep
from baileo.city.messages.services.understanding import payloads_understand

__all__ = [
    "Automatic",
    "account_check",
    "account_save",
    "account_trouble",
    "attachment_retry",
    "attachments_fetch",
    "attachments_store_upload",
    "canned_replies_load",
    "canned_reply_delete",
    "canned_reply_save",
    "delivery_record",
    "message_confirm",
    "message_give_up",
    "message_queue",
    "message_retry",
    "messages_queue_automatic",
    "outbox_send",
    "outbox_sweep",
    "payload_reopen",
    "payload_store",
    "payloads_forget",
    "payloads_understand",
    "uploads_forget",
]
