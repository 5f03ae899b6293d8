-- A bucket without a row is full.
CREATE TABLE buckets (
  scope TEXT PRIMARY KEY NOT NULL,
  full_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Finds the rows that say nothing any more.
CREATE INDEX buckets_by_full_at ON buckets (full_at);

CREATE TABLE pauses (
  scope TEXT PRIMARY KEY NOT NULL,
  -- NULL: until a person lifts it.
  until INTEGER,
  reason TEXT NOT NULL,
  url TEXT
) STRICT, WITHOUT ROWID;

ALTER TABLE certificates ADD COLUMN waiting TEXT CHECK (json_valid(waiting));
