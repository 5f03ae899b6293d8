-- What targets have, and why they do not: one row for each certificate and target.
CREATE TABLE deployments (
  certificate_id TEXT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  target TEXT NOT NULL,
  issuance_id TEXT,
  settings_digest TEXT,
  message TEXT,
  deployed_at INTEGER,
  failures INTEGER NOT NULL DEFAULT 0,
  failed_issuance_id TEXT,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  failed_at INTEGER,
  retry_at INTEGER,
  PRIMARY KEY (certificate_id, target)
) STRICT, WITHOUT ROWID;

CREATE INDEX deployments_retry ON deployments (retry_at) WHERE retry_at IS NOT NULL;
