-- name: record_events
-- Records the events whose ids are new, and returns their numbers. Sorted by id: two writers then wait for each other in
-- one order only, and of two under one id the first told is recorded.
INSERT INTO agency_event (agency, event_id, kind, scheme, identifier, occurred_at, received_at)
SELECT agency, event_id, kind, scheme, identifier, occurred_at, received_at
FROM unnest(:agency::text[], :event_id::text[], :kind::text[], :scheme::text[], :identifier::text[],
    :occurred_at::timestamptz[], :received_at::timestamptz[]) WITH ORDINALITY
    AS told (agency, event_id, kind, scheme, identifier, occurred_at, received_at, place)
ORDER BY agency, event_id, place
ON CONFLICT (agency, event_id) DO NOTHING
RETURNING identifier;

-- name: contradicted_events
-- How many of these events are recorded with other content.
SELECT count(*) AS events
FROM unnest(:agency::text[], :event_id::text[], :kind::text[], :scheme::text[], :identifier::text[],
    :occurred_at::timestamptz[]) AS told (agency, event_id, kind, scheme, identifier, occurred_at)
JOIN agency_event e USING (agency, event_id)
WHERE (e.kind, e.scheme, e.identifier, e.occurred_at)
    IS DISTINCT FROM (told.kind, told.scheme, told.identifier, told.occurred_at);

-- name: pending_that_name
-- The pending applications that name one of these numbers. In two steps, or the planner might look through all that are
-- pending: after an outage they are many.
WITH named AS MATERIALIZED (
    SELECT id, state FROM application WHERE application_identifiers(payload) && :identifiers::text[]
)
SELECT id FROM named WHERE state = 'PENDING' ORDER BY id;

-- name: reported_meanwhile
-- Which of these applications name a number on which something was reported since so long before they were made.
SELECT a.id
FROM application a
WHERE a.id = ANY (:ids::uuid[]) AND EXISTS (
    SELECT FROM agency_event e
    WHERE e.identifier = ANY (application_identifiers(a.payload)) AND e.received_at >= a.created_at - :before::interval
)
ORDER BY a.id;

-- name: move_cursor
-- Moves the cursor of a stream that is still leased to this owner; returns nothing if it is not.
UPDATE agency_stream SET cursor = :cursor, moved_at = clock_timestamp()
WHERE agency = :agency AND owner = :owner
RETURNING agency;

-- name: lease_stream
-- Leases a stream that is free, run out or ours, from now on; returns its cursor, or nothing if it is another's.
INSERT INTO agency_stream AS stream (agency, owner, leased_until)
VALUES (:agency, :owner, clock_timestamp() + :lasting::interval)
ON CONFLICT (agency) DO UPDATE SET owner = excluded.owner, leased_until = excluded.leased_until
WHERE stream.owner IS NULL OR stream.owner = excluded.owner OR stream.leased_until <= clock_timestamp()
RETURNING cursor;

-- name: release_stream!
UPDATE agency_stream SET owner = NULL, leased_until = NULL WHERE agency = :agency AND owner = :owner;
