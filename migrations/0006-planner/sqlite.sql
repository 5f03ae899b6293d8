-- How often in a row the CA failed to say when to renew.
ALTER TABLE certificates ADD COLUMN renewal_failures INTEGER;

-- The not_after of what is served; NULL without any. Due work is taken up by it.
ALTER TABLE certificates ADD COLUMN expires_at INTEGER;

UPDATE certificates
SET expires_at = (SELECT not_after FROM issuances WHERE issuances.id = certificates.issuance_id);

-- Holds all that finding and ordering the due ones needs: their rows are read for the chosen only.
DROP INDEX certificates_due;

CREATE INDEX certificates_due ON certificates (next_action_at, expires_at, id)
WHERE next_action_at IS NOT NULL;

-- Finds what was scheduled by a clock that has been set back since.
CREATE INDEX certificates_scheduled ON certificates (updated_at, expires_at, id, next_action_at)
WHERE next_action_at IS NOT NULL;

-- 1 when the CA would not have the order name its predecessor.
ALTER TABLE orders ADD COLUMN replaces_refused INTEGER;
