-- name: now
-- The time of this very moment, not of the transaction's begin.
SELECT clock_timestamp() AS now;
