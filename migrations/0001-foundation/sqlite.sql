-- Instants are milliseconds since 1970. JSON is used where SQL never looks inside.

CREATE TABLE secrets (
  id TEXT PRIMARY KEY NOT NULL,
  kek_id TEXT NOT NULL,
  wrapped_key BLOB NOT NULL,
  ciphertext BLOB NOT NULL
) STRICT;

-- Finds what a new key-encryption key has yet to wrap.
CREATE INDEX secrets_by_kek ON secrets (kek_id);

CREATE TABLE certificates (
  id TEXT PRIMARY KEY NOT NULL,
  -- The sorted names, joined by commas: one certificate a name set.
  name_set TEXT NOT NULL UNIQUE,
  spec TEXT NOT NULL CHECK (json_valid(spec)),
  source TEXT NOT NULL,
  -- Deferred: a certificate and its issuance refer to each other.
  issuance_id TEXT REFERENCES issuances (id) DEFERRABLE INITIALLY DEFERRED,
  renew_at INTEGER,
  renewal_window_start INTEGER,
  renewal_window_end INTEGER,
  renewal_explanation_url TEXT,
  renewal_check_at INTEGER,
  failure_count INTEGER,
  failure_error TEXT CHECK (json_valid(failure_error)),
  failure_error_at INTEGER,
  failure_retry_at INTEGER,
  next_action_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;

CREATE INDEX certificates_due ON certificates (next_action_at, id) WHERE next_action_at IS NOT NULL;
-- What the configuration asked for, however many others there are.
CREATE INDEX certificates_configured ON certificates (id) WHERE source IN ('file', 'endpoint');
CREATE INDEX certificates_by_issuance ON certificates (issuance_id) WHERE issuance_id IS NOT NULL;

CREATE TABLE certificate_names (
  name TEXT NOT NULL,
  certificate_id TEXT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  PRIMARY KEY (name, certificate_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX certificate_names_by_certificate ON certificate_names (certificate_id);

CREATE TABLE issuances (
  id TEXT PRIMARY KEY NOT NULL,
  certificate_id TEXT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  issuer TEXT NOT NULL,
  names TEXT NOT NULL CHECK (json_valid(names)),
  key_type TEXT NOT NULL,
  serial TEXT NOT NULL,
  fingerprint256 TEXT NOT NULL,
  ari_id TEXT,
  profile TEXT,
  chain_pem TEXT NOT NULL,
  key_secret_id TEXT NOT NULL REFERENCES secrets (id),
  not_before INTEGER NOT NULL,
  not_after INTEGER NOT NULL,
  issued_at INTEGER NOT NULL,
  revoked_at INTEGER,
  revocation_reason TEXT
) STRICT;

CREATE INDEX issuances_by_certificate ON issuances (certificate_id, issued_at, id);
CREATE INDEX issuances_by_secret ON issuances (key_secret_id);

CREATE TABLE orders (
  id TEXT PRIMARY KEY NOT NULL,
  certificate_id TEXT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  issuer TEXT NOT NULL,
  spec TEXT NOT NULL CHECK (json_valid(spec)),
  reason TEXT NOT NULL,
  key_secret_id TEXT NOT NULL REFERENCES secrets (id),
  csr BLOB NOT NULL,
  replaces TEXT,
  url TEXT,
  finalize_url TEXT,
  certificate_url TEXT,
  challenge TEXT,
  answers TEXT NOT NULL CHECK (json_valid(answers)),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER,
  outcome TEXT,
  error TEXT CHECK (json_valid(error))
) STRICT;

CREATE UNIQUE INDEX orders_unfinished ON orders (certificate_id) WHERE outcome IS NULL;
CREATE INDEX orders_by_certificate ON orders (certificate_id);
CREATE INDEX orders_by_secret ON orders (key_secret_id);

CREATE TABLE accounts (
  directory_url TEXT PRIMARY KEY NOT NULL,
  url TEXT,
  contact TEXT NOT NULL CHECK (json_valid(contact)),
  key_secret_id TEXT NOT NULL REFERENCES secrets (id),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE authorities (
  issuer TEXT NOT NULL,
  role TEXT NOT NULL,
  certificate_pem TEXT NOT NULL,
  key_secret_id TEXT NOT NULL REFERENCES secrets (id),
  not_after INTEGER NOT NULL,
  PRIMARY KEY (issuer, role)
) STRICT;

CREATE TABLE issuers (
  name TEXT PRIMARY KEY NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings))
) STRICT;

-- A released lease keeps its row: the fencing token must never start again.
CREATE TABLE leases (
  name TEXT PRIMARY KEY NOT NULL,
  holder TEXT,
  fencing_token INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
