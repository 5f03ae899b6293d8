-- Who may use the API from elsewhere. Secrets are here as SHA-256 only.
CREATE TABLE tokens (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  -- Names that the token is bound to; NULL: every name.
  patterns TEXT CHECK (json_valid(patterns)),
  -- Networks that it may come from; NULL: everywhere.
  networks TEXT CHECK (json_valid(networks)),
  hash BLOB NOT NULL,
  -- The secret before a rotation, for as long as it still counts.
  previous_hash BLOB,
  previous_until INTEGER,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  rotated_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT;

-- What was changed by whom. Never a secret.
CREATE TABLE audit (
  id TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (json_valid(actor)),
  operation TEXT NOT NULL,
  names TEXT NOT NULL CHECK (json_valid(names)),
  before TEXT CHECK (json_valid(before)),
  after TEXT CHECK (json_valid(after)),
  -- begun, done or failed
  outcome TEXT NOT NULL,
  error TEXT CHECK (json_valid(error)),
  finished_at INTEGER
) STRICT, WITHOUT ROWID;
