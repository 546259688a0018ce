-- name: find_requests
-- The applications under these (caller, request id), in any order.
SELECT a.id, a.caller, a.request_id, a.payload_digest, a.payload, a.state, a.decision, a.evidence,
    a.created_at, a.updated_at, a.attempts, a.next_attempt_at, a.expires_at,
    CASE WHEN a.leased_until > clock_timestamp() THEN a.owner END AS owner,
    CASE WHEN a.leased_until > clock_timestamp() THEN a.leased_until END AS leased_until,
    c.serial, c.token, c.kid, c.kind,
    c.identifier_kind, c.identifier_value, c.name, c.size, c.issued_at, c.expires_at AS certificate_expires_at,
    c.list_number, c.list_index, c.status
FROM unnest(:callers::text[], :request_ids::text[]) AS asked (caller, request_id)
JOIN application a USING (caller, request_id)
LEFT JOIN certificate c ON c.serial = a.serial;

-- name: get_application
SELECT a.id, a.caller, a.request_id, a.payload_digest, a.payload, a.state, a.decision, a.evidence,
    a.created_at, a.updated_at, a.attempts, a.next_attempt_at, a.expires_at,
    CASE WHEN a.leased_until > clock_timestamp() THEN a.owner END AS owner,
    CASE WHEN a.leased_until > clock_timestamp() THEN a.leased_until END AS leased_until,
    c.serial, c.token, c.kid, c.kind,
    c.identifier_kind, c.identifier_value, c.name, c.size, c.issued_at, c.expires_at AS certificate_expires_at,
    c.list_number, c.list_index, c.status
FROM application a
LEFT JOIN certificate c ON c.serial = a.serial
WHERE a.id = :id;

-- name: record_batch
-- Records applications with their certificates and audit leaves; returns the ids of those that were new.
-- An application whose (caller, request id) is taken leaves nothing, and its certificate neither.
-- The rows come sorted by (caller, request id): two processes then wait for each other in one order only.
WITH recorded AS (
    INSERT INTO application (id, caller, request_id, payload_digest, payload, state, decision, evidence,
        evidence_digest, waits_for, created_at, updated_at, attempts, next_attempt_at, expires_at, serial)
    SELECT g.id, g.caller, g.request_id, g.payload_digest, g.payload, g.state, g.decision, g.evidence,
        g.evidence_digest, string_to_array(g.waits_for, E'\x1f'), g.created_at, g.updated_at, g.attempts,
        g.next_attempt_at, g.expires_at, g.serial
    FROM unnest(:id::uuid[], :caller::text[], :request_id::text[], :payload_digest::bytea[], :payload::bytea[],
        :state::text[], :decision::bytea[], :evidence::bytea[], :evidence_digest::bytea[], :waits_for::text[],
        :created_at::timestamptz[], :updated_at::timestamptz[], :attempts::integer[],
        :next_attempt_at::timestamptz[], :expires_at::timestamptz[], :serial::text[])
        AS g (id, caller, request_id, payload_digest, payload, state, decision, evidence, evidence_digest, waits_for,
            created_at, updated_at, attempts, next_attempt_at, expires_at, serial)
    ON CONFLICT (caller, request_id) DO NOTHING
    RETURNING id, caller
), issued AS (
    INSERT INTO certificate (serial, application_id, caller, token, kid, kind, identifier_kind, identifier_value,
        name, size, issued_at, expires_at, list_number, list_index)
    SELECT g.serial, recorded.id, recorded.caller, g.token, g.kid, g.kind, g.identifier_kind, g.identifier_value,
        g.name, g.size, g.issued_at, g.expires_at, g.list_number, g.list_index
    FROM unnest(:c_application_id::uuid[], :c_serial::text[], :c_token::text[], :c_kid::text[], :c_kind::text[],
        :c_identifier_kind::text[], :c_identifier_value::text[], :c_name::text[], :c_size::text[],
        :c_issued_at::timestamptz[], :c_expires_at::timestamptz[], :c_list_number::integer[], :c_list_index::integer[])
        AS g (application_id, serial, token, kid, kind, identifier_kind, identifier_value, name, size, issued_at,
            expires_at, list_number, list_index)
    JOIN recorded ON recorded.id = g.application_id
), leaf AS (
    INSERT INTO audit_leaf (at, kind, subject, body)
    SELECT g.at, 'application', recorded.id::text, g.body
    FROM unnest(:id::uuid[], :updated_at::timestamptz[], :leaf::bytea[]) AS g (id, at, body)
    JOIN recorded USING (id)
)
SELECT id FROM recorded;

-- name: claim
-- Leases a pending application for its next attempt; returns nothing if somebody else may hold it, or it has moved on.
WITH claimed AS (
    UPDATE application
    SET owner = :owner, leased_until = clock_timestamp() + :lasting::interval, woken = false
    WHERE id = :id AND state = 'PENDING' AND attempts = :attempts
        AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    RETURNING id
)
SELECT id, pg_notify('certsvc_application', id::text) FROM claimed;

-- name: renew
UPDATE application SET leased_until = clock_timestamp() + :lasting::interval
WHERE id = :id AND state = 'PENDING' AND attempts = :attempts AND owner = :owner
RETURNING id;

-- name: release
WITH released AS (
    UPDATE application SET owner = NULL, leased_until = NULL
    WHERE id = :id AND state = 'PENDING' AND attempts = :attempts AND owner = :owner
    RETURNING id
)
SELECT id, pg_notify('certsvc_application', id::text) FROM released;

-- name: resolve
-- Moves a pending application on, and ends the lease on it; returns its next attempt, or nothing if the lease was lost.
-- `made` is the number of attempts before this one.
WITH moved AS (
    UPDATE application
    SET state = :state, decision = :decision, evidence = :evidence, evidence_digest = :evidence_digest,
        waits_for = string_to_array(:waits_for::text, E'\x1f'), updated_at = :updated_at, attempts = :attempts,
        next_attempt_at = CASE WHEN woken AND :state::text = 'PENDING' THEN :updated_at::timestamptz
            ELSE :next_attempt_at::timestamptz END,
        expires_at = :expires_at, serial = :serial, owner = NULL, leased_until = NULL,
        woken = woken AND :state::text = 'PENDING'
    WHERE id = :id AND state = 'PENDING' AND attempts = :made AND owner = :owner
    RETURNING id, caller, next_attempt_at, woken
), issued AS (
    INSERT INTO certificate (serial, application_id, caller, token, kid, kind, identifier_kind, identifier_value,
        name, size, issued_at, expires_at, list_number, list_index)
    SELECT :c_serial::text, moved.id, moved.caller, :c_token::text, :c_kid::text, :c_kind::text,
        :c_identifier_kind::text, :c_identifier_value::text, :c_name::text, :c_size::text, :c_issued_at::timestamptz,
        :c_expires_at::timestamptz, :c_list_number::integer, :c_list_index::integer
    FROM moved
    WHERE :c_serial::text IS NOT NULL
), leaf AS (
    INSERT INTO audit_leaf (at, kind, subject, body)
    SELECT :updated_at, 'application', moved.id::text, :leaf
    FROM moved
)
-- Watchers hear of it when, and only if, this commits.
SELECT next_attempt_at, woken, pg_notify('certsvc_application', id::text) FROM moved;

-- name: wake
-- Marks those that are pending as woken, and returns the attempt that each is to make. The rows are locked in one order,
-- whoever wakes them.
WITH given AS (
    SELECT g.id, g.after FROM unnest(:ids::uuid[], :after::interval[]) AS g (id, after)
), waiting AS (
    SELECT a.id, given.after FROM application a JOIN given USING (id)
    WHERE a.state = 'PENDING' ORDER BY a.id FOR UPDATE OF a
)
UPDATE application a SET woken = true, next_attempt_at = least(a.next_attempt_at, now() + waiting.after)
FROM waiting WHERE a.id = waiting.id
RETURNING a.id, a.attempts;

-- name: unqueue
-- Takes out the jobs that nobody has taken up, for others to take their place in the same transaction.
DELETE FROM pgqueuer WHERE status = 'queued' AND dedupe_key = ANY(:keys::text[])
RETURNING dedupe_key, execute_after - now() AS after;

-- name: waiting_for
-- Pending applications that wait for the agency and are not woken yet, the oldest first, after the given one.
SELECT id, created_at FROM application
WHERE state = 'PENDING' AND NOT woken AND waits_for @> ARRAY[:agency::text]
    AND (:after_created_at::timestamptz IS NULL OR (created_at, id) > (:after_created_at, :after_id::uuid))
ORDER BY created_at, id
LIMIT :limit;

-- name: pending_without_job
-- Pending applications that no job will take up, with the seconds until their next attempt.
SELECT a.id, a.attempts, a.woken, greatest(a.next_attempt_at - now(), interval '0') AS execute_after
FROM application a
WHERE a.state = 'PENDING' AND NOT EXISTS (
    SELECT FROM pgqueuer q
    WHERE q.entrypoint = :entrypoint AND q.status IN ('queued', 'picked')
        AND q.payload = convert_to(a.id::text || ' ' || a.attempts, 'UTF8')
)
ORDER BY a.id
LIMIT :batch;

-- name: prune_queue_log!
-- Jobs that ended long ago and are counted in PgQueuer's statistics.
DELETE FROM pgqueuer_log WHERE aggregated AND created < now() - interval '30 days';

-- name: pending_age
SELECT count(*) AS applications, min(created_at) AS oldest
FROM application
WHERE state = 'PENDING';

-- name: keep_rule_set!
INSERT INTO rule_set (digest, text) VALUES (:digest, :text)
ON CONFLICT (digest) DO NOTHING;
