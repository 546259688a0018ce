-- What questions on the past need: applications by the numbers that they name, and refusals by their time.

-- The numbers, `<kind>:<value>` each, out of the payload itself: an index that cannot disagree with its record, covers
-- what was recorded before this revision, and is kept up whichever version of the service writes.
-- PL/pgSQL, because a function in SQL is planned anew for each statement that inserts.
CREATE FUNCTION application_identifiers(payload bytea) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    -- json, not jsonb, which refuses texts that nobody asks for here (half surrogates).
    RETURN (
        SELECT array_agg((number ->> 0) || ':' || (number ->> 1))
        FROM json_array_elements(convert_from(payload, 'UTF8')::json -> 'identifiers') AS number
    );
END $$;

-- Without the list of pending entries that GIN keeps to make inserts cheaper: it would make some questions slow.
CREATE INDEX application_identifiers ON application USING gin (application_identifiers(payload)) WITH (fastupdate = off);

CREATE INDEX application_refused ON application (updated_at, id) WHERE state = 'REFUSED';
