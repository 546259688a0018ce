-- What agencies said and reported, and what holds them back; leases of applications; follow-ups of certificates.

-- The last definite answer of an agency on an enterprise, by `subject` (certsvc.service.agency_records.subject_of).
-- `digest` is that of the finding as it stands in the evidence. `since` is when its standing, clear or barred, was
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
    since timestamptz NOT NULL,
    turned_at timestamptz,
    PRIMARY KEY (subject, agency, scheme)
);

CREATE INDEX finding_checked ON finding (agency, checked_at);
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
    CHECK ((proposed_by IS NULL) = (proposed_at IS NULL)),
    CHECK ((proposed_by IS NULL) = (reason IS NULL)),
    CHECK ((released_by IS NULL) = (released_at IS NULL)),
    CONSTRAINT agency_hold_two_persons CHECK (released_by IS NULL OR released_by <> proposed_by)
);

CREATE UNIQUE INDEX agency_hold_open ON agency_hold (agency) WHERE released_at IS NULL;

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

CREATE INDEX agency_event_identifier ON agency_event (identifier, agency, scheme, occurred_at);

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
-- if nobody asked any more (the theoretical arrival time of GCRA, less the burst).
CREATE TABLE agency_quota (
    agency text PRIMARY KEY,
    full_at timestamptz NOT NULL,
    paused_until timestamptz
);

-- Who makes the attempt that is under way, and until when nobody else may.
ALTER TABLE application ADD COLUMN owner text, ADD COLUMN leased_until timestamptz,
    ADD CONSTRAINT application_lease CHECK ((owner IS NULL) = (leased_until IS NULL)),
    ADD CONSTRAINT application_lease_pending CHECK (state = 'PENDING' OR owner IS NULL);

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
