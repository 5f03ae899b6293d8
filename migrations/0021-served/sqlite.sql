-- What clients get instead of the certificate that the store has: one row for each fault.
CREATE TABLE served_faults (
  certificate_id TEXT NOT NULL REFERENCES certificates (id) ON DELETE CASCADE,
  -- The server name that was asked for.
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('mismatch', 'not-served')),
  message TEXT NOT NULL,
  serial TEXT NOT NULL,
  served_serial TEXT,
  since INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (certificate_id, name)
) STRICT, WITHOUT ROWID;
