-- Signing keys, the key sets that the root has signed, and who moved a key.

-- The public half of every key that ever was ours, and where it stands. `place` tells which key store holds the
-- private half. The period [nbf, exp) is the one in the newest key set; `usable_from` is when it has been published long
-- enough to sign.
CREATE TABLE signing_key (
    kid text PRIMARY KEY CHECK (length(kid) = 43),
    role text NOT NULL CHECK (role IN ('certificate', 'status')),
    x text NOT NULL CHECK (length(x) = 43),
    y text NOT NULL CHECK (length(y) = 43),
    state text NOT NULL CHECK (state IN ('prepared', 'published', 'active', 'retired', 'revoked')),
    place text NOT NULL,
    nbf timestamptz,
    exp timestamptz,
    prepared_at timestamptz NOT NULL,
    published_at timestamptz,
    usable_from timestamptz,
    activated_at timestamptz,
    retired_at timestamptz,
    revoked_at timestamptz,
    revoked_reason text NOT NULL DEFAULT '',
    CHECK (num_nulls(published_at, usable_from) IN (0, 2)),
    CHECK (num_nulls(nbf, exp) IN (0, 2) AND (nbf IS NULL OR nbf < exp)),
    CHECK (published_at IS NULL OR nbf IS NOT NULL),
    CHECK (state IN ('prepared', 'revoked') OR published_at IS NOT NULL),
    CHECK ((state = 'active') <= (activated_at IS NOT NULL)),
    CHECK ((state = 'revoked') = (revoked_at IS NOT NULL))
);

-- One that signs for each role.
CREATE UNIQUE INDEX signing_key_active ON signing_key (role) WHERE state = 'active';

-- The same moves as certsvc.core.keylife.MOVES, which a test compares.
CREATE FUNCTION signing_key_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.kid, OLD.role, OLD.x, OLD.y, OLD.place, OLD.prepared_at)
        IS DISTINCT FROM (NEW.kid, NEW.role, NEW.x, NEW.y, NEW.place, NEW.prepared_at)
        OR OLD.published_at IS NOT NULL AND (OLD.published_at, OLD.usable_from)
            IS DISTINCT FROM (NEW.published_at, NEW.usable_from)
    THEN
        RAISE EXCEPTION 'signing key % would become another', OLD.kid USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (
        ('prepared', 'published'), ('prepared', 'revoked'),
        ('published', 'active'), ('published', 'retired'), ('published', 'revoked'),
        ('active', 'retired'), ('active', 'revoked'),
        ('retired', 'revoked'))
    THEN
        RAISE EXCEPTION 'signing key % cannot go from % to %', OLD.kid, OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'active' AND OLD.state <> 'active' AND (NEW.usable_from > now() OR now() < NEW.nbf OR now() >= NEW.exp)
    THEN
        RAISE EXCEPTION 'signing key % may not sign yet, or no more', OLD.kid USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER moves BEFORE UPDATE ON signing_key
    FOR EACH ROW EXECUTE FUNCTION signing_key_moves();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON signing_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Each key set that was installed. `published_at` is when verifiers could first fetch it.
CREATE TABLE key_set (
    ver bigint PRIMARY KEY CHECK (ver > 0),
    token text NOT NULL,
    root_jwk text NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    installed_by text NOT NULL,
    installed_at timestamptz NOT NULL,
    published_at timestamptz,
    CHECK (issued_at < expires_at)
);

-- Versions only rise, and a set stays as it came; only its first publication is noted.
CREATE FUNCTION key_set_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM key_set WHERE ver >= NEW.ver) THEN
            RAISE EXCEPTION 'key set % is not newer', NEW.ver USING ERRCODE = 'restrict_violation';
        END IF;
    ELSIF OLD.published_at IS NOT NULL OR to_jsonb(NEW) - 'published_at' <> to_jsonb(OLD) - 'published_at' THEN
        RAISE EXCEPTION 'key set % stays as it is', OLD.ver USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rises BEFORE INSERT OR UPDATE ON key_set
    FOR EACH ROW EXECUTE FUNCTION key_set_rises();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON key_set
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
