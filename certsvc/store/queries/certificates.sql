-- name: get_certificate
SELECT serial, token, kid, kind, identifier_kind, identifier_value, name, size, issued_at,
    expires_at AS certificate_expires_at, list_number, list_index, status,
    CASE kind WHEN 'PROVISIONAL' THEN (SELECT f.replaced_by FROM follow_up f WHERE f.serial = :serial) END AS replaced_by
FROM certificate
WHERE serial = :serial AND (:caller::text IS NULL OR caller = :caller);

-- name: list_certificates
-- One page, newest first, strictly after the given key. Planned anew for each call, so that absent filters cost nothing.
SELECT serial, token, kid, kind, identifier_kind, identifier_value, name, size, issued_at,
    expires_at AS certificate_expires_at, list_number, list_index, status,
    CASE kind WHEN 'PROVISIONAL' THEN (SELECT f.replaced_by FROM follow_up f WHERE f.serial = c.serial) END AS replaced_by
FROM certificate c
WHERE (:after_issued_at::timestamptz IS NULL OR (issued_at, serial) < (:after_issued_at, :after_serial::text))
    AND (:identifier_kind::text IS NULL
        OR (identifier_kind = :identifier_kind AND identifier_value = :identifier_value::text))
    AND (:status::smallint IS NULL OR status = :status)
    AND (:caller::text IS NULL OR caller = :caller)
ORDER BY issued_at DESC, serial DESC
LIMIT :limit;

-- name: change_status
-- Appends a status event and its leaf unless the certificate is revoked or has this status already.
-- Returns the certificate as it then stands. The lock makes two operators act one after the other.
WITH current AS (
    SELECT serial, token, kid, kind, identifier_kind, identifier_value, name, size, issued_at,
        expires_at AS certificate_expires_at, list_number, list_index, status
    FROM certificate
    WHERE serial = :serial
    FOR NO KEY UPDATE
), event AS (
    INSERT INTO status_event (serial, from_status, to_status, reason, comment, actor, at, request_id)
    SELECT serial, status, :status, :reason, :comment, :actor, :at, :request_id
    FROM current
    WHERE status <> 1 AND status <> :status
    RETURNING serial, to_status
), leaf AS (
    INSERT INTO audit_leaf (at, kind, subject, body)
    SELECT :at, 'status', event.serial, :leaf
    FROM event
)
SELECT current.serial, token, kid, kind, identifier_kind, identifier_value, name, size, issued_at,
    certificate_expires_at, list_number, list_index, coalesce(event.to_status, current.status) AS status
FROM current LEFT JOIN event USING (serial);
