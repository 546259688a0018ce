-- name: file_lock
-- Imports and releases of one agency take turns; the lock ends with the transaction. False if another holds it.
SELECT pg_try_advisory_xact_lock(:space, hashtext(:agency)) AS taken;

-- name: file_lock_wait
SELECT pg_advisory_xact_lock(:space, hashtext(:agency));

-- name: next_file
-- A number for a new version; burned if it comes to nothing.
SELECT nextval(pg_get_serial_sequence('debtor_file', 'id')) AS id;

-- name: make_rows#
-- Standalone, so that no lock on the rows of other versions is held while it is filled. The same columns as debtor_row;
-- the constraint spares ATTACH a look at every row.
CREATE TABLE new_rows (
    file bigint NOT NULL DEFAULT file_number CONSTRAINT of_file CHECK (file = file_number),
    key text NOT NULL,
    number integer NOT NULL,
    name text NOT NULL,
    outcomes text[] NOT NULL,
    overdue numeric NOT NULL,
    as_of date NOT NULL,
    debt_period_end date,
    debt_principal numeric,
    debt_penalty numeric,
    debt_interest numeric,
    debt_state text,
    debt_principal_paid_on date
);

-- name: index_rows#
CREATE INDEX ON new_rows (key);

-- name: analyze_rows#
ANALYZE new_rows;

-- name: measure_rows
-- Of each firm the oldest day counts.
SELECT count(*) AS firms, min(as_of) AS as_of, max(as_of) AS newest
FROM (SELECT min(as_of) AS as_of FROM new_rows GROUP BY key) AS firm;

-- name: count_turned
-- How many firms the old version bars and the new one does not, whatever it says instead, or the old one calls clear and
-- the new one bars. Each is summed up by itself and then joined, which takes less time than one look at both.
WITH new_firm AS (
    SELECT key, debtor_standing(
        bool_or(outcomes && :other_bars::text[]), bool_or(:arrears::text = ANY (outcomes)),
        bool_or(:arrears = ANY (outcomes) AND overdue = 0), sum(overdue), :threshold::numeric,
        bool_or(outcomes && :unknown::text[])
    ) AS says
    FROM new_rows
    GROUP BY key
), old_firm AS (
    SELECT key, debtor_standing(
        bool_or(outcomes && :other_bars), bool_or(:arrears = ANY (outcomes)),
        bool_or(:arrears = ANY (outcomes) AND overdue = 0), sum(overdue), :threshold,
        bool_or(outcomes && :unknown)
    ) AS says
    FROM old_rows
    GROUP BY key
)
SELECT count(*) AS turned
FROM new_firm
FULL JOIN old_firm USING (key)
WHERE coalesce(old_firm.says, :absent::text) <> 'U'
    AND (coalesce(old_firm.says, :absent) = 'B') <> (coalesce(new_firm.says, :absent) = 'B');

-- name: window_base
-- The version that the turns since `begin` are counted from: the last that was current by then or that two persons have
-- released, else the first of all. Beside it, how many firms those after it turned, one after the other.
WITH answered AS (
    SELECT *, was_held OR imported_at <= :begin::timestamptz AS may_begin
    FROM debtor_file
    WHERE agency = :agency AND (NOT was_held OR released_by IS NOT NULL)
), base AS (
    SELECT coalesce(max(id) FILTER (WHERE may_begin), min(id)) AS id
    FROM answered
)
SELECT answered.*, (
    SELECT coalesce(sum(later.turned), 0)::bigint FROM answered AS later WHERE later.id > base.id
) AS turned_since
FROM base
JOIN answered USING (id);

-- name: drop_old!
-- The versions that a new one leaves without a place.
UPDATE debtor_file
SET state = 'DROPPED'
WHERE agency = :agency AND (state = 'HELD' AND id <> :id OR state = 'PREVIOUS' AND :becomes_current::boolean);

-- name: retire_current!
UPDATE debtor_file
SET state = 'PREVIOUS'
WHERE agency = :agency AND state = 'CURRENT';

-- name: keep_file!
INSERT INTO debtor_file (id, agency, layout, sha256, file_day, as_of, newest, rows, firms, known, turned,
    window_known, window_turned, shrink_accepted, was_held, state, note, imported_by, imported_at)
VALUES (:id, :agency, :layout, :sha256, :file_day, :as_of, :newest, :rows, :firms, :known, :turned,
    :window_known, :window_turned, :shrink_accepted, :was_held, :state, :note, :imported_by, :imported_at);

-- name: attach_rows#
ALTER TABLE debtor_row ATTACH PARTITION new_rows FOR VALUES IN (file_number);

-- name: rows_to_drop
SELECT id
FROM debtor_file
WHERE agency = :agency AND state = 'DROPPED' AND to_regclass('debtor_row_' || id) IS NOT NULL;

-- name: drop_rows#
DROP TABLE new_rows;

-- name: file_leaf!
INSERT INTO audit_leaf (at, kind, subject, body)
VALUES (:at, 'debtor_file', :agency, :body);

-- name: list_files
-- An agency's versions, newest first; only those with rows if wanted.
SELECT *
FROM debtor_file
WHERE agency = :agency AND (:dropped_too::boolean OR state <> 'DROPPED')
ORDER BY id DESC
LIMIT :limit;

-- name: get_file
SELECT *
FROM debtor_file
WHERE id = :id;

-- name: propose_file
UPDATE debtor_file
SET proposed_by = :actor, proposed_account = :account, proposed_at = :at
WHERE id = :id
RETURNING *;

-- name: release_file
UPDATE debtor_file
SET released_by = :actor, released_account = :account, released_at = :at, state = 'CURRENT'
WHERE id = :id
RETURNING *;

-- name: filed_rows
-- For each question, an agency and a number, the agency's current file and its rows under that number, in their order;
-- of a file without such a row one row without a key, and nothing where there is no file. All in one look, so that
-- nobody sees half of a change of versions.
SELECT q.place, f.layout, f.rows, f.firms, f.as_of AS file_as_of, f.newest, f.imported_at, r.key, r.name, r.outcomes,
    r.overdue, r.as_of, r.debt_period_end, r.debt_principal, r.debt_penalty, r.debt_interest, r.debt_state,
    r.debt_principal_paid_on
FROM unnest(:agencies::text[], :keys::text[]) WITH ORDINALITY AS q (agency, key, place)
JOIN debtor_file f ON f.agency = q.agency AND f.state = 'CURRENT'
-- OFFSET: joined by both columns at once, so that of all partitions only the file's own is looked into.
LEFT JOIN LATERAL (SELECT * FROM debtor_row WHERE file = f.id AND key = q.key OFFSET 0) AS r ON true
ORDER BY q.place, r.number;
