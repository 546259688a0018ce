-- Applications, certificates, status lists, audit leaves, rule sets.
-- Instants are timestamptz in UTC. Texts from callers are bounded at the edge of the service, not here.

-- The durable request and where it stands. `payload`, `decision` and `evidence` are canonical JSON as written by
-- the service; they are bytes, so that their digests can be checked for ever.
CREATE TABLE application (
    id uuid PRIMARY KEY,
    caller text NOT NULL,
    request_id text NOT NULL,
    payload_digest bytea NOT NULL CHECK (octet_length(payload_digest) = 32),
    payload bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('PENDING', 'GRANTED', 'REFUSED', 'EXPIRED')),
    decision bytea NOT NULL,
    evidence bytea NOT NULL,
    evidence_digest bytea NOT NULL CHECK (octet_length(evidence_digest) = 32),
    -- The agencies whose answer is missing; empty unless pending.
    waits_for text[] NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    attempts integer NOT NULL CHECK (attempts >= 1),
    next_attempt_at timestamptz,
    expires_at timestamptz,
    serial text,
    -- AIP-155: one application for a caller's request id.
    UNIQUE (caller, request_id),
    CHECK ((state = 'PENDING') = (next_attempt_at IS NOT NULL)),
    CHECK ((state = 'PENDING') = (expires_at IS NOT NULL)),
    CHECK ((state = 'GRANTED') = (serial IS NOT NULL)),
    CHECK (state = 'PENDING' OR waits_for = '{}')
);

CREATE INDEX application_pending ON application (created_at) WHERE state = 'PENDING';

-- One list of certificates that expire in one quarter. A place is `permutation(key, counter)`; counters below
-- `next_counter` are given or burned.
CREATE TABLE status_list (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    expires_by timestamptz NOT NULL,
    key bytea NOT NULL CHECK (octet_length(key) = 32),
    capacity integer NOT NULL CHECK (capacity > 0),
    next_counter integer NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    issued_at timestamptz,
    CHECK (next_counter BETWEEN 0 AND capacity),
    CHECK ((version = 0) = (issued_at IS NULL))
);

CREATE INDEX status_list_expires_by ON status_list (expires_by, number);

-- Every claim of a version, so that none is made twice.
CREATE TABLE status_list_version (
    list_number integer NOT NULL REFERENCES status_list,
    version bigint NOT NULL CHECK (version > 0),
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (list_number, version),
    UNIQUE (list_number, issued_at)
);

-- Certificates as issued; `token` is what was signed. `status` is the newest status event's, 0 without one
-- (Token Status List, section 7: 0 valid, 1 revoked, 2 suspended).
CREATE TABLE certificate (
    serial text PRIMARY KEY,
    application_id uuid NOT NULL UNIQUE REFERENCES application,
    caller text NOT NULL,
    token text NOT NULL,
    kid text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('FULL', 'UNDER_ARRANGEMENT', 'PROVISIONAL')),
    identifier_kind text NOT NULL,
    identifier_value text NOT NULL,
    name text NOT NULL,
    size text CHECK (size IN ('MICRO', 'SMALL', 'MEDIUM')),
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    list_number integer NOT NULL REFERENCES status_list,
    list_index integer NOT NULL CHECK (list_index >= 0),
    status smallint NOT NULL DEFAULT 0 CHECK (status IN (0, 1, 2)),
    -- A place is given to one certificate only.
    UNIQUE (list_number, list_index),
    CHECK (issued_at < expires_at)
);

CREATE INDEX certificate_newest ON certificate (issued_at, serial);
CREATE INDEX certificate_identifier ON certificate (identifier_kind, identifier_value, issued_at, serial);
CREATE INDEX certificate_caller ON certificate (caller, issued_at, serial);
CREATE INDEX certificate_not_valid ON certificate (list_number) INCLUDE (list_index, status) WHERE status <> 0;

-- Checked at commit, since the two rows name each other.
ALTER TABLE application
    ADD FOREIGN KEY (serial) REFERENCES certificate DEFERRABLE INITIALLY DEFERRED;

-- Each act on a certificate. Revoked is final.
CREATE TABLE status_event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial text NOT NULL REFERENCES certificate,
    from_status smallint NOT NULL,
    to_status smallint NOT NULL,
    reason text NOT NULL,
    comment text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL,
    request_id text NOT NULL,
    CONSTRAINT status_event_legal CHECK ((from_status, to_status) IN ((0, 1), (0, 2), (2, 0), (2, 1)))
);

CREATE INDEX status_event_serial ON status_event (serial, seq);

-- What the audit tree is built from: RFC 9162, section 2.1.1, the hash of a leaf.
CREATE TABLE audit_leaf (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    body bytea NOT NULL,
    leaf_hash bytea NOT NULL GENERATED ALWAYS AS (sha256('\x00'::bytea || body)) STORED
);

CREATE TABLE rule_set (
    digest text PRIMARY KEY,
    text text NOT NULL
);

-- Versions of parts that bring their own tables.
CREATE TABLE component (
    name text PRIMARY KEY,
    version text NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON status_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON status_list_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_set
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON certificate
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON status_list
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A pending application moves once; what is decided stays as it is.
CREATE FUNCTION application_moves_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'PENDING' OR (NEW.id, NEW.caller, NEW.request_id, NEW.payload_digest, NEW.payload, NEW.created_at)
        IS DISTINCT FROM (OLD.id, OLD.caller, OLD.request_id, OLD.payload_digest, OLD.payload, OLD.created_at)
    THEN
        RAISE EXCEPTION 'application % is decided or would become another', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER moves_once BEFORE UPDATE ON application
    FOR EACH ROW EXECUTE FUNCTION application_moves_once();

-- A status event is the only way to another status, and only from the status that it names.
CREATE FUNCTION status_event_applies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE certificate SET status = NEW.to_status WHERE serial = NEW.serial AND status = NEW.from_status;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'certificate % is not in status %', NEW.serial, NEW.from_status
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER applies AFTER INSERT ON status_event
    FOR EACH ROW EXECUTE FUNCTION status_event_applies();

CREATE FUNCTION certificate_changes_by_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Depth 2: called by the trigger above.
    IF pg_trigger_depth() < 2 OR OLD.status = 1 OR to_jsonb(NEW) - 'status' <> to_jsonb(OLD) - 'status' THEN
        RAISE EXCEPTION 'certificate % changes by status events only', OLD.serial USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER changes_by_event BEFORE UPDATE ON certificate
    FOR EACH ROW EXECUTE FUNCTION certificate_changes_by_event();

-- Counters, versions and times of a list only rise; its key stays, or places would be given twice.
CREATE FUNCTION status_list_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.next_counter < OLD.next_counter OR NEW.version < OLD.version OR NEW.issued_at < OLD.issued_at
        OR (NEW.number, NEW.expires_by, NEW.key, NEW.capacity)
            IS DISTINCT FROM (OLD.number, OLD.expires_by, OLD.key, OLD.capacity)
    THEN
        RAISE EXCEPTION 'status list % would fall back', OLD.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rises BEFORE UPDATE ON status_list
    FOR EACH ROW EXECUTE FUNCTION status_list_rises();
