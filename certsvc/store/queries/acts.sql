-- name: lock_open_hold
-- The agency's open hold; until the end of the transaction nobody else acts on it.
SELECT * FROM agency_hold WHERE agency = :agency AND released_at IS NULL FOR UPDATE;

-- name: propose_release
-- Proposes the release of a hold, or gives the reason anew.
UPDATE agency_hold
SET proposed_by = :actor, proposed_at = coalesce(proposed_at, :at), reason = :reason
WHERE id = :id
RETURNING *;

-- name: release_hold
UPDATE agency_hold
SET released_by = :actor, released_at = :at, release_reason = :reason
WHERE id = :id
RETURNING *;

-- name: open_holds
SELECT * FROM agency_hold WHERE released_at IS NULL ORDER BY agency;

-- name: switch_mode
-- Records a switch with its leaf.
WITH switched AS (
    INSERT INTO agency_switch (agency, mode, reason, actor, at, until)
    VALUES (:agency, :mode, :reason, :actor, :at, :until)
    RETURNING *
), leaf AS (
    INSERT INTO audit_leaf (at, kind, subject, body)
    SELECT at, 'switch', agency, :leaf
    FROM switched
)
SELECT * FROM switched;

-- name: switches_in_force
SELECT *
FROM agency_switch s
WHERE until > :now AND mode IS NOT NULL
    AND NOT EXISTS (SELECT FROM agency_switch later WHERE later.agency = s.agency AND later.seq > s.seq)
ORDER BY agency;

-- name: lock_over_dispute
-- The open dispute on this agency, scheme and number, if its time is over.
SELECT *
FROM dispute
WHERE agency = :agency AND scheme = :scheme AND identifier = :identifier AND closed_at IS NULL AND until <= :at
FOR UPDATE;

-- name: insert_dispute
-- Returns nothing if one is open for this agency, scheme and number.
INSERT INTO dispute (id, agency, scheme, identifier, statement, opened_by, opened_at, until)
VALUES (:id, :agency, :scheme, :identifier, :statement, :opened_by, :opened_at, :until)
ON CONFLICT (agency, scheme, identifier) WHERE closed_at IS NULL DO NOTHING
RETURNING *;

-- name: open_dispute
SELECT *
FROM dispute
WHERE agency = :agency AND scheme = :scheme AND identifier = :identifier AND closed_at IS NULL;

-- name: lock_dispute
SELECT * FROM dispute WHERE id = :id FOR UPDATE;

-- name: approve_dispute
UPDATE dispute SET approved_by = :actor, approved_at = :at WHERE id = :id RETURNING *;

-- name: close_dispute
UPDATE dispute SET closed_by = :actor, closed_at = :at WHERE id = :id RETURNING *;

-- name: disputes
-- The newest disputes, newest first. Planned anew for each call, so that absent filters cost nothing.
SELECT *
FROM dispute
WHERE (:open_at::timestamptz IS NULL OR (closed_at IS NULL AND until > :open_at))
    AND (:identifier::text IS NULL OR identifier = :identifier)
ORDER BY opened_at DESC, id DESC
LIMIT :limit;

-- name: keep_leaf!
INSERT INTO audit_leaf (at, kind, subject, body) VALUES (:at, :kind, :subject, :body);

-- name: waiting_by_agency
-- How many applications wait for each agency, and since when the oldest does.
SELECT agency, count(*) AS applications, min(created_at) AS oldest
FROM application, unnest(waits_for) AS agency
WHERE state = 'PENDING'
GROUP BY agency;

-- name: heard_of_agencies
-- When each of these agencies last said something definite, and the newest day that its last answers spoke of.
SELECT asked.agency, max(newest.heard_at) AS answered_at, max(newest.data_as_of) AS data_as_of
FROM unnest(:agencies::text[]) AS asked (agency)
CROSS JOIN LATERAL (
    SELECT heard_at, data_as_of FROM finding f WHERE f.agency = asked.agency ORDER BY heard_at DESC LIMIT 100
) newest
GROUP BY asked.agency;
