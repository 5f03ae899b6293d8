-- Browsers that are signed in. Secrets are here as SHA-256 only.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  hash BLOB NOT NULL,
  -- token or person
  kind TEXT NOT NULL,
  -- Of the token, or of the person at its OpenID provider.
  holder TEXT NOT NULL,
  -- The hash of the token's secret that opened it: it ends with this secret.
  token_hash BLOB,
  -- Who the provider said it is, and what that grants.
  person TEXT CHECK (json_valid(person)),
  opened_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_holder ON sessions (kind, holder, opened_at);
CREATE INDEX sessions_by_use ON sessions (used_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
