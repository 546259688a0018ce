-- name: lease_block
-- Takes the next counters of the list of a quarter that has room: [first, until). None if every list is full.
WITH open AS (
    SELECT number, next_counter
    FROM status_list
    WHERE expires_by = :expires_by AND next_counter < capacity
    ORDER BY number
    LIMIT 1
    FOR NO KEY UPDATE  -- weaker than FOR UPDATE, which would wait for every commit that names the list
)
UPDATE status_list s
SET next_counter = least(s.next_counter + :block, s.capacity)
FROM open
WHERE s.number = open.number
RETURNING s.number, s.key, s.capacity, open.next_counter AS first, s.next_counter AS until;

-- name: lock_quarter
-- Until the end of the transaction, nobody else opens a list for this quarter.
SELECT pg_advisory_xact_lock(hashtextextended('certsvc status list ' || extract(epoch FROM :expires_by::timestamptz), 0));

-- name: open_list!
-- Opens a list for a quarter unless one with room was opened meanwhile.
INSERT INTO status_list (expires_by, key, capacity)
SELECT :expires_by::timestamptz, :key::bytea, :capacity::integer
WHERE NOT EXISTS (SELECT FROM status_list WHERE expires_by = :expires_by AND next_counter < capacity);

-- name: live_lists
SELECT number, expires_by, version, issued_at
FROM status_list
WHERE expires_by > :now
ORDER BY number;

-- name: status_entries
SELECT list_index, status
FROM certificate
WHERE list_number = :list_number AND status <> 0;

-- name: claim_version
-- Claims a version with a later time than every claim before it; returns nothing if that is not so.
WITH claimed AS (
    UPDATE status_list
    SET version = :version, issued_at = :issued_at
    WHERE number = :list_number AND version < :version AND (issued_at IS NULL OR issued_at < :issued_at)
    RETURNING number
)
INSERT INTO status_list_version (list_number, version, issued_at)
SELECT number, :version, :issued_at FROM claimed
RETURNING version;

-- name: list_version
-- The newest claimed version of a list, 0 before the first; nothing if there never was such a list.
SELECT version
FROM status_list
WHERE number = :list_number;
