-- name: cases_of
-- The newest applications that name one of these numbers, newest first; of one caller if given.
SELECT id, payload, decision, evidence, updated_at
FROM application
WHERE application_identifiers(payload) && :identifiers::text[] AND (:caller::text IS NULL OR caller = :caller)
ORDER BY created_at DESC, id DESC
LIMIT :limit;

-- name: rule_set_text
SELECT text
FROM rule_set
WHERE digest = :ref;

-- name: count_history
-- How many certificates are held at this time, and how many refusals there were since another.
SELECT (SELECT count(*) FROM certificate WHERE expires_at > :now AND status <> 1) AS holders,
    (SELECT count(*) FROM application WHERE state = 'REFUSED' AND updated_at >= :since) AS refusals;

-- name: holders
-- One page of what the certificates held at this time were decided on, strictly after the given key.
SELECT c.issued_at AS key_time, c.serial AS key_name, a.id, a.payload, a.decision, a.evidence, a.updated_at
FROM certificate c
JOIN application a ON a.id = c.application_id
WHERE c.expires_at > :now AND c.status <> 1
    AND (:key_time::timestamptz IS NULL OR (c.issued_at, c.serial) > (:key_time, :key_name::text))
ORDER BY c.issued_at, c.serial
LIMIT :limit;

-- name: refusals
-- One page of what was refused since this time, strictly after the given key.
SELECT a.updated_at AS key_time, a.id::text AS key_name, a.id, a.payload, a.decision, a.evidence, a.updated_at
FROM application a
WHERE a.state = 'REFUSED' AND a.updated_at >= :since
    AND (:key_time::timestamptz IS NULL OR (a.updated_at, a.id) > (:key_time, :key_name::uuid))
ORDER BY a.updated_at, a.id
LIMIT :limit;
