"""The statements that keep raw payloads, for both who run them: `services.payload_store` and the webhook.

Parameters are named, psycopg style (`%(name)s`).
"""

from __future__ import annotations

from baileo.city.messages.wake import UNDERSTAND

# account_ids bigint[], event_keys text[], bodies bytea[], headers text[] (JSON), sha256s text[], at timestamptz.
# One row for each event key not seen before; a key seen before is the provider's repetition and changes nothing.
STORE = """
INSERT INTO city_messages_inboundpayload
       (account_id, event_key, body, headers, sha256, received_at, state, reason, attempts)
SELECT account_id, event_key, body, headers::jsonb, sha256, %(at)s, 'received', '', 0
  FROM unnest(%(account_ids)s::bigint[], %(event_keys)s::text[], %(bodies)s::bytea[], %(headers)s::text[],
              %(sha256s)s::text[]) AS new (account_id, event_key, body, headers, sha256)
    ON CONFLICT (account_id, event_key) DO NOTHING
RETURNING id
"""

# account_ids bigint[], at timestamptz. Every verified call counts, repetitions too. Written at most once in five
# seconds, and never waited for: a health figure must not hold up what citizens write.
TOUCH = """
UPDATE city_messages_channelaccount SET last_inbound_at = %(at)s
 WHERE id IN (SELECT id FROM city_messages_channelaccount
               WHERE id = ANY(%(account_ids)s::bigint[])
                 AND (last_inbound_at IS NULL OR last_inbound_at < %(at)s - interval '5 seconds')
                 FOR NO KEY UPDATE SKIP LOCKED)
"""

# No parameters. The same as `wake.wake_understanding()`: see there why it must not wait for anybody.
WAKE = f"""
SELECT procrastinate_defer_jobs_v1(
         ARRAY[ROW('default', '{UNDERSTAND}', 0, NULL, '{UNDERSTAND}', '{{}}', NULL)::procrastinate_job_to_defer_v1])
 WHERE pg_try_advisory_xact_lock(hashtextextended('wake {UNDERSTAND}', 0))
   AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = '{UNDERSTAND}' AND status = 'todo')
"""  # noqa: S608  only our own constant is filled in
