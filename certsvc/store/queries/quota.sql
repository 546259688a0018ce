-- name: take_quota
-- Takes from an agency's bucket the calls of as many steps as it holds, and says how many and how long it then takes
-- to be full. The row is locked before the clock is read, so that processes take one after the other.
-- A bucket is empty if nothing is known of it, and if what is known may be older than what was taken: `doubted`, or
-- written by a server that has ended since. A clock that was set back leaves an empty bucket, not one of ages ago.
INSERT INTO agency_quota AS q (agency, full_at, server_started)
VALUES (
    :agency, clock_timestamp() + make_interval(secs => :burst::float8 / :rate::float8), pg_postmaster_start_time()
)
ON CONFLICT (agency) DO UPDATE SET (full_at, taken, server_started) = (
    SELECT bucket.full_at + make_interval(secs => got.calls / :rate::float8), got.calls, pg_postmaster_start_time()
    FROM (SELECT clock_timestamp() AS now, make_interval(secs => :burst::float8 / :rate::float8) AS fill) AS at,
        LATERAL (
            SELECT greatest(
                CASE
                    WHEN :doubted::boolean OR q.server_started <> pg_postmaster_start_time() THEN at.now + at.fill
                    ELSE least(greatest(q.full_at, at.now), at.now + at.fill)
                END,
                least(q.paused_until, at.now + make_interval(secs => :longest_pause::float8)) + at.fill
            ) AS full_at
        ) AS bucket,
        LATERAL (
            SELECT coalesce(max(step.upto), 0) AS calls
            FROM unnest(:upto::integer[], :level::float8[]) AS step (upto, level)
            WHERE step.level <= :burst::float8 - :rate::float8 * extract(epoch FROM bucket.full_at - at.now)::float8
        ) AS got
)
RETURNING taken, extract(epoch FROM full_at - clock_timestamp())::float8 AS seconds_to_full;

-- name: pause_quota
-- Nothing is taken for so long, and the bucket is empty afterwards. Others may be told before this is on disk, but
-- whoever told it may not: a pause is kept whatever happens.
INSERT INTO agency_quota AS q (agency, full_at, paused_until, server_started)
VALUES (
    :agency,
    clock_timestamp() + make_interval(secs => :burst::float8 / :rate::float8),
    clock_timestamp() + make_interval(secs => :seconds::float8),
    pg_postmaster_start_time()
)
ON CONFLICT (agency) DO UPDATE SET paused_until = greatest(
    least(q.paused_until, clock_timestamp() + make_interval(secs => :longest_pause::float8)),
    clock_timestamp() + make_interval(secs => :seconds::float8)
)
RETURNING set_config('synchronous_commit', 'on', true);

-- name: quota_pause
-- For how many seconds more nothing is taken; none or less if that is over.
SELECT least(
    extract(epoch FROM paused_until - clock_timestamp())::float8, :longest_pause::float8
) AS seconds
FROM agency_quota
WHERE agency = :agency;

-- name: quota_standing
-- What the bucket holds, and until when nothing is taken; null if that is over.
SELECT :burst::float8 - :rate::float8 * extract(epoch FROM
        greatest(q.full_at, q.paused_until + make_interval(secs => :burst::float8 / :rate::float8), at.now) - at.now
    )::float8 AS level,
    CASE WHEN q.paused_until > at.now THEN q.paused_until END AS paused_until
FROM agency_quota AS q, (SELECT clock_timestamp() AS now) AS at
WHERE q.agency = :agency;
