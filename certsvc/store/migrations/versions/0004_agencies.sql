-- What agencies said and reported, and what holds them back; leases of applications; follow-ups of certificates.

-- The last definite answer of an agency on an enterprise, by `subject` (certsvc.service.agency_records.subject_of).
-- `digest` is that of the finding as it stands in the evidence. `checked_at` is the finding's own; `heard_at` is when
-- we last heard it, which for a file or a report may be long after. `since` is when its standing, clear or barred, was
-- first heard; `turned_at` when it last became the opposite.
CREATE TABLE finding (
    agency text NOT NULL,
    subject bytea NOT NULL CHECK (octet_length(subject) = 32),
    scheme text NOT NULL,
    outcome text NOT NULL CHECK (outcome LIKE 'CLEAR%' OR outcome LIKE 'BARRED%'),
    data_as_of date,
    checked_at timestamptz NOT NULL,
    source text NOT NULL CHECK (source IN ('asked', 'file', 'event')),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    heard_at timestamptz NOT NULL,
    since timestamptz NOT NULL,
    turned_at timestamptz,
    PRIMARY KEY (subject, agency, scheme)
);

CREATE INDEX finding_heard ON finding (agency, heard_at);
CREATE INDEX finding_turned ON finding (agency, turned_at) WHERE turned_at IS NOT NULL;

-- Agencies whose new answers count for nothing. Released by two persons.
CREATE TABLE agency_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency text NOT NULL,
    since timestamptz NOT NULL,
    suspect_from timestamptz NOT NULL CHECK (suspect_from <= since),
    asked bigint NOT NULL,
    turned bigint NOT NULL,
    proposed_by text,
    proposed_at timestamptz,
    reason text,
    released_by text,
    released_at timestamptz,
    release_reason text,
    CHECK ((proposed_by IS NULL) = (proposed_at IS NULL)),
    CHECK ((proposed_by IS NULL) = (reason IS NULL)),
    CHECK ((released_by IS NULL) = (released_at IS NULL)),
    CHECK ((released_by IS NULL) = (release_reason IS NULL)),
    CONSTRAINT agency_hold_two_persons
        CHECK (released_by IS NULL OR proposed_by IS NOT NULL AND released_by <> proposed_by)
);

CREATE UNIQUE INDEX agency_hold_open ON agency_hold (agency) WHERE released_at IS NULL;

CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON agency_hold
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was proposed before is what is released, and what is released stays so.
CREATE FUNCTION agency_hold_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL
        OR (NEW.id, NEW.agency, NEW.since, NEW.suspect_from, NEW.asked, NEW.turned)
            IS DISTINCT FROM (OLD.id, OLD.agency, OLD.since, OLD.suspect_from, OLD.asked, OLD.turned)
        OR OLD.proposed_by IS DISTINCT FROM NEW.proposed_by
            AND (OLD.proposed_by IS NOT NULL OR NEW.released_by IS NOT NULL)
    THEN
        RAISE EXCEPTION 'hold % is released or would become another', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER moves_on BEFORE UPDATE ON agency_hold
    FOR EACH ROW EXECUTE FUNCTION agency_hold_moves_on();

-- What is done while an agency is out, by an operator's word; the newest of an agency counts, until it ends.
-- No mode: back to the rules.
CREATE TABLE agency_switch (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency text NOT NULL,
    mode text CHECK (mode IN ('pending', 'refuse', 'provisional', 'reuse')),
    reason text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until >= at)
);

CREATE INDEX agency_switch_newest ON agency_switch (agency, seq DESC);
CREATE INDEX agency_switch_until ON agency_switch (until);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agency_switch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Claims that what an agency holds against an enterprise is wrong; one open for each agency, scheme and number.
CREATE TABLE dispute (
    id uuid PRIMARY KEY,
    agency text NOT NULL,
    scheme text NOT NULL,
    identifier text NOT NULL,
    statement text NOT NULL,
    opened_by text NOT NULL,
    opened_at timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > opened_at),
    approved_by text,
    approved_at timestamptz,
    closed_by text,
    closed_at timestamptz,
    CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
    CONSTRAINT dispute_two_persons CHECK (approved_by IS NULL OR approved_by <> opened_by)
);

CREATE UNIQUE INDEX dispute_open ON dispute (agency, scheme, identifier) WHERE closed_at IS NULL;
CREATE INDEX dispute_newest ON dispute (opened_at, id);
CREATE INDEX dispute_identifier ON dispute (identifier) WHERE closed_at IS NULL;

CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON dispute
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The claim stays as it was opened; it is approved once and closed once.
CREATE FUNCTION dispute_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL
        OR OLD.approved_at IS NOT NULL AND (NEW.approved_by, NEW.approved_at)
            IS DISTINCT FROM (OLD.approved_by, OLD.approved_at)
        OR (NEW.id, NEW.agency, NEW.scheme, NEW.identifier, NEW.statement, NEW.opened_by, NEW.opened_at, NEW.until)
            IS DISTINCT FROM
            (OLD.id, OLD.agency, OLD.scheme, OLD.identifier, OLD.statement, OLD.opened_by, OLD.opened_at, OLD.until)
    THEN
        RAISE EXCEPTION 'dispute % is closed or would become another', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER moves_on BEFORE UPDATE ON dispute
    FOR EACH ROW EXECUTE FUNCTION dispute_moves_on();

-- What agencies reported without being asked. An agency's own id names an event for ever.
CREATE TABLE agency_event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency text NOT NULL,
    event_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('payment', 'arrears', 'arrangement_broken')),
    scheme text NOT NULL,
    identifier text NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    UNIQUE (agency, event_id)
);

CREATE INDEX agency_event_identifier ON agency_event (identifier, agency, scheme, kind, occurred_at DESC, seq DESC);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agency_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Up to where each agency's stream of changes is recorded, and which process follows it.
CREATE TABLE agency_stream (
    agency text PRIMARY KEY,
    cursor text NOT NULL DEFAULT '',
    moved_at timestamptz,
    owner text,
    leased_until timestamptz
);

-- Which share of an agency's quota is used up, for all processes: `full_at` is when its bucket would be full again
-- if nobody asked any more (the theoretical arrival time of GCRA, less the burst). `taken` are the calls of the last
-- statement that took any, and `server_started` says which server wrote the row.
CREATE TABLE agency_quota (
    agency text PRIMARY KEY,
    full_at timestamptz NOT NULL,
    paused_until timestamptz NOT NULL DEFAULT '-infinity',
    taken integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
    server_started timestamptz NOT NULL
);

-- Who makes the attempt that is under way, and until when nobody else may. `woken` while something is known that no
-- attempt has begun with since: the next one is due at once.
ALTER TABLE application ADD COLUMN owner text, ADD COLUMN leased_until timestamptz,
    ADD COLUMN woken boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT application_lease CHECK ((owner IS NULL) = (leased_until IS NULL)),
    ADD CONSTRAINT application_lease_pending CHECK (state = 'PENDING' OR owner IS NULL),
    ADD CONSTRAINT application_woken_pending CHECK (state = 'PENDING' OR NOT woken);

CREATE INDEX application_waits_for ON application USING gin (waits_for) WHERE state = 'PENDING';

-- What becomes of a provisional certificate once the agencies that it left unchecked answer.
CREATE TABLE follow_up (
    serial text PRIMARY KEY REFERENCES certificate,
    agencies text[] NOT NULL,
    state text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'REPLACED', 'REVOKED', 'LAPSED')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    ends_at timestamptz NOT NULL,
    replaced_by text REFERENCES certificate DEFERRABLE INITIALLY DEFERRED,
    CHECK ((state = 'WAITING') = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'REPLACED') = (replaced_by IS NOT NULL))
);

CREATE INDEX follow_up_due ON follow_up (next_attempt_at) WHERE state = 'WAITING';
CREATE INDEX follow_up_agencies ON follow_up USING gin (agencies) WHERE state = 'WAITING';

-- The follow-up comes with the certificate, whichever way that is recorded. The agencies are those that the decision
-- names as unchecked: [[scheme, agency], ...].
CREATE FUNCTION follow_up_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO follow_up (serial, agencies, next_attempt_at, ends_at)
    SELECT NEW.serial, array(
            SELECT DISTINCT pair ->> 1
            FROM json_array_elements(convert_from(decision, 'UTF8')::json -> 'unchecked') AS pair
            ORDER BY 1
        ), NEW.issued_at, NEW.expires_at
    FROM application
    WHERE id = NEW.application_id;
    RETURN NULL;
END $$;

CREATE TRIGGER follow_up_begins AFTER INSERT ON certificate
    FOR EACH ROW WHEN (NEW.kind = 'PROVISIONAL') EXECUTE FUNCTION follow_up_begins();

-- It ends once.
CREATE FUNCTION follow_up_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'WAITING' OR (NEW.serial, NEW.agencies, NEW.ends_at) IS DISTINCT FROM (OLD.serial, OLD.agencies, OLD.ends_at) THEN
        RAISE EXCEPTION 'the follow-up of certificate % has ended', OLD.serial USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER ends_once BEFORE UPDATE ON follow_up
    FOR EACH ROW EXECUTE FUNCTION follow_up_ends_once();
