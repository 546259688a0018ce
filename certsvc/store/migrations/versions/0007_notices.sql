-- Notices: acts that change how long certificates hold (certsvc.core.notice), proposed by one person and approved by
-- another. `seq` is given at approval, without a gap. `terms` is canonical JSON of what was proposed.
CREATE TABLE notice (
    id uuid PRIMARY KEY,
    terms bytea NOT NULL,
    act text NOT NULL CHECK (act IN ('EXTEND', 'SHORTEN', 'CANCEL')),
    comment text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by text,
    approved_at timestamptz,
    withdrawn_by text,
    withdrawn_at timestamptz,
    seq integer UNIQUE CHECK (seq > 0),
    -- As last signed, and by which key; signed anew if that key is revoked.
    token text,
    kid text,
    CHECK (num_nulls(approved_by, approved_at, seq) IN (0, 3)),
    CHECK (num_nulls(withdrawn_by, withdrawn_at) IN (0, 2)),
    CHECK (num_nulls(token, kid) IN (0, 2) AND (token IS NULL OR seq IS NOT NULL)),
    CONSTRAINT notice_two_persons CHECK (approved_by <> proposed_by),
    CONSTRAINT notice_one_end CHECK (approved_at IS NULL OR withdrawn_at IS NULL)
);

-- What is approved stays; only its signature may be made anew.
CREATE FUNCTION notice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving CONSTANT text[] := CASE WHEN OLD.seq IS NULL AND OLD.withdrawn_at IS NULL
        THEN '{approved_by,approved_at,withdrawn_by,withdrawn_at,seq,token,kid}' ELSE '{token,kid}' END;
BEGIN
    IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'notice % stays as it is', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM notice) THEN
        RAISE EXCEPTION 'notice % would leave a gap', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER stays BEFORE UPDATE ON notice
    FOR EACH ROW EXECUTE FUNCTION notice_stays();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON notice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
