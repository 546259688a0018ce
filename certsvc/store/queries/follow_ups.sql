-- name: get_follow_up
SELECT f.serial, c.application_id, f.agencies, f.state, f.attempts, f.ends_at, f.replaced_by
FROM follow_up f
JOIN certificate c USING (serial)
WHERE f.serial = :serial;

-- name: put_off_follow_up
-- Counts an attempt and plans the next, never after the end.
UPDATE follow_up
SET attempts = attempts + 1, next_attempt_at = least(now() + :wait, greatest(ends_at, now()))
WHERE serial = :serial AND state = 'WAITING' AND attempts = :attempts
RETURNING attempts, next_attempt_at - now() AS after;

-- name: end_follow_up!
UPDATE follow_up
SET state = :state, next_attempt_at = NULL, replaced_by = :replaced_by
WHERE serial = :serial AND state = 'WAITING';

-- name: wake_follow_ups
-- Makes the next attempts of those that left this agency unchecked due one after the other; which, and when.
WITH waiting AS (
    SELECT serial FROM follow_up
    WHERE state = 'WAITING' AND agencies @> ARRAY[:agency::text]
    ORDER BY serial
    LIMIT :limit
    FOR UPDATE
), in_turn AS (
    SELECT serial, :before::bigint + row_number() OVER (ORDER BY serial) - 1 AS place FROM waiting
)
UPDATE follow_up f
SET next_attempt_at = least(f.next_attempt_at, now() + place / :a_second::float8 * interval '1 second')
FROM in_turn
WHERE f.serial = in_turn.serial
RETURNING f.serial, f.attempts, f.next_attempt_at - now() AS after;

-- name: follow_ups_without_job
-- Follow-ups that no job will take up, with the seconds until their next attempt.
SELECT f.serial, f.attempts, greatest(f.next_attempt_at - now(), interval '0') AS execute_after
FROM follow_up f
WHERE f.state = 'WAITING' AND NOT EXISTS (
    SELECT FROM pgqueuer q
    WHERE q.entrypoint = :entrypoint AND q.status IN ('queued', 'picked')
        AND q.payload = convert_to(f.serial || ' ' || f.attempts, 'UTF8')
)
ORDER BY f.next_attempt_at
LIMIT :batch;

-- name: provisional_unreplaced
-- The provisional certificates of these numbers that neither an answer nor anybody has ended, whoever applied.
SELECT f.agencies, c.issued_at, a.payload
FROM application a
JOIN follow_up f USING (serial)
JOIN certificate c USING (serial)
WHERE application_identifiers(a.payload) && :identifiers::text[] AND f.state IN ('WAITING', 'LAPSED');

-- name: agencies_heard_of
-- When each agency last said something definite of these enterprises.
SELECT agency, subject, max(checked_at) AS checked_at
FROM finding
WHERE subject = ANY(:subjects::bytea[])
GROUP BY agency, subject;
