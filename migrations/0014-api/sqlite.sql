-- Answers to writes that carried an Idempotency-Key, for a day.
CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  -- SHA-256 of method, path and body.
  request BLOB NOT NULL,
  -- NULL while the first request is under way.
  answer TEXT CHECK (json_valid(answer)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (caller, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- Pages of certificates by the time they expire; those without any come first.
CREATE INDEX certificates_by_expiry ON certificates (COALESCE(expires_at, 0), id);

-- What the status of a certificate depends on, without reading its chain.
CREATE INDEX issuances_revoked ON issuances (id) WHERE revoked_at IS NOT NULL;
