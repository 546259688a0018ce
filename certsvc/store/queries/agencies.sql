-- name: agencies_known
-- What is known of many enterprises and of the agencies, in one round trip: rows of six kinds in one shape.
-- Of what was said of some of an enterprise's numbers (`parts`) only the bars.
-- Of each number the newest events of each agency, scheme and kind, so that no flood of one kind hides another.
SELECT 'prior' AS what, f.subject, f.agency, f.scheme, ARRAY[f.outcome, f.source] AS words,
    f.data_as_of AS day, ARRAY[f.checked_at, f.heard_at, f.since] AS times, NULL::bigint[] AS numbers
FROM unnest(:subjects::bytea[]) AS asked (subject)
JOIN finding f USING (subject)
UNION ALL
SELECT 'part', f.subject, f.agency, f.scheme, ARRAY[f.outcome, f.source], f.data_as_of,
    ARRAY[f.checked_at, f.heard_at, f.since], NULL
FROM unnest(:parts::bytea[]) AS asked (subject)
JOIN finding f USING (subject)
WHERE f.outcome LIKE 'BARRED%'
UNION ALL
(
    -- The sorts of event that there are of each number, each found by one step in the index, however many there are.
    WITH RECURSIVE sort AS (
        SELECT first.*
        FROM unnest(:identifiers::text[]) AS asked (identifier)
        CROSS JOIN LATERAL (
            SELECT n.identifier, n.agency, n.scheme, n.kind FROM agency_event n
            WHERE n.identifier = asked.identifier
            ORDER BY n.agency, n.scheme, n.kind LIMIT 1
        ) first
        UNION ALL
        SELECT next.*
        FROM sort
        CROSS JOIN LATERAL (
            SELECT n.identifier, n.agency, n.scheme, n.kind FROM agency_event n
            WHERE n.identifier = sort.identifier
                AND (n.agency, n.scheme, n.kind) > (sort.agency, sort.scheme, sort.kind)
            ORDER BY n.agency, n.scheme, n.kind LIMIT 1
        ) next
    )
    SELECT 'event', NULL, sort.agency, sort.scheme, ARRAY[e.event_id, sort.kind, sort.identifier], NULL,
        ARRAY[e.occurred_at, e.received_at], NULL
    FROM sort
    CROSS JOIN LATERAL (
        SELECT n.event_id, n.occurred_at, n.received_at FROM agency_event n
        WHERE n.identifier = sort.identifier AND n.agency = sort.agency AND n.scheme = sort.scheme
            AND n.kind = sort.kind AND n.occurred_at > :events_since
        ORDER BY n.occurred_at DESC, n.seq DESC LIMIT :events_each::bigint
    ) e
)
UNION ALL
SELECT 'dispute', NULL, agency, scheme, ARRAY[id::text, identifier, statement, opened_by, approved_by], NULL,
    ARRAY[opened_at, until, approved_at], NULL
FROM dispute
WHERE identifier = ANY(:identifiers) AND closed_at IS NULL AND approved_at IS NOT NULL AND until > :now
UNION ALL
SELECT 'hold', NULL, agency, NULL, ARRAY[proposed_by, reason], NULL, ARRAY[since, suspect_from, proposed_at],
    ARRAY[id, asked, turned]
FROM agency_hold
WHERE released_at IS NULL
UNION ALL
SELECT 'switch', NULL, s.agency, NULL, ARRAY[s.mode, s.reason, s.actor], NULL, ARRAY[s.at, s.until], NULL
FROM agency_switch s
WHERE s.until > :now
    AND NOT EXISTS (SELECT FROM agency_switch later WHERE later.agency = s.agency AND later.seq > s.seq);

-- name: note_findings!
-- Keeps each as the last word of its agency unless a newer one is kept; of two at one time the bar. One that is kept
-- from a time after `not_after` was heard by a wrong clock and is as good as not there.
-- The rows come sorted by key, each key once: two processes then wait for each other in one order only.
INSERT INTO finding AS kept (agency, subject, scheme, outcome, data_as_of, checked_at, source, digest, heard_at, since)
SELECT agency, subject, scheme, outcome, data_as_of, checked_at, source, digest, heard_at, heard_at
FROM unnest(:agency::text[], :subject::bytea[], :scheme::text[], :outcome::text[], :data_as_of::date[],
    :checked_at::timestamptz[], :source::text[], :digest::bytea[], :heard_at::timestamptz[])
    AS g (agency, subject, scheme, outcome, data_as_of, checked_at, source, digest, heard_at)
ON CONFLICT (subject, agency, scheme) DO UPDATE
SET outcome = excluded.outcome, data_as_of = excluded.data_as_of, checked_at = excluded.checked_at,
    source = excluded.source, digest = excluded.digest, heard_at = excluded.heard_at,
    since = CASE WHEN greatest(kept.checked_at, kept.heard_at) > :not_after THEN excluded.heard_at
        WHEN (kept.outcome LIKE 'BARRED%') = (excluded.outcome LIKE 'BARRED%') THEN kept.since
        ELSE excluded.heard_at END,
    turned_at = CASE WHEN greatest(kept.checked_at, kept.heard_at) > :not_after THEN NULL
        WHEN (kept.outcome LIKE 'BARRED%') = (excluded.outcome LIKE 'BARRED%') THEN kept.turned_at
        ELSE excluded.heard_at END
WHERE (kept.heard_at, kept.outcome LIKE 'BARRED%') < (excluded.heard_at, excluded.outcome LIKE 'BARRED%')
    OR greatest(kept.checked_at, kept.heard_at) > :not_after::timestamptz;

-- name: turned
-- For how many enterprises the agency said the opposite of before since then, not counting what a released hold has
-- settled. Grouped, not DISTINCT, which would sort them.
SELECT count(*) AS turned
FROM (
    SELECT FROM finding
    WHERE agency = :agency AND turned_at >= :since
        AND turned_at > coalesce((SELECT max(released_at) FROM agency_hold WHERE agency = :agency), '-infinity')
    GROUP BY subject
) each_once;

-- name: spoken_of
-- Of how many enterprises the agency said something definite since then.
SELECT count(*) AS spoken_of
FROM (SELECT FROM finding WHERE agency = :agency AND heard_at >= :since GROUP BY subject) each_once;

-- name: hold_agency
-- Opens a hold with its leaf; returns nothing if the agency is held already.
WITH held AS (
    INSERT INTO agency_hold (agency, since, suspect_from, asked, turned)
    VALUES (:agency, :since, :suspect_from, :asked, :turned)
    ON CONFLICT (agency) WHERE released_at IS NULL DO NOTHING
    RETURNING *
), leaf AS (
    INSERT INTO audit_leaf (at, kind, subject, body)
    SELECT :since, 'hold', held.agency, :leaf
    FROM held
)
SELECT * FROM held;

-- name: open_hold
SELECT * FROM agency_hold WHERE agency = :agency AND released_at IS NULL;
