-- What happened, written with the change itself. AUTOINCREMENT: a position is never given twice, so
-- that those who have read up to one miss nothing.
CREATE TABLE events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- The certificate, which may be gone by now.
  certificate_id TEXT,
  names TEXT NOT NULL CHECK (json_valid(names)),
  data TEXT NOT NULL CHECK (json_valid(data)),
  -- What is to be told once, however many processes notice it.
  once TEXT UNIQUE
) STRICT;

CREATE INDEX events_by_certificate ON events (certificate_id, position) WHERE certificate_id IS NOT NULL;

-- How far each subscription has taken up events.
CREATE TABLE subscriptions (
  name TEXT PRIMARY KEY NOT NULL,
  position INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a subscription has not been given yet; a row goes when its receiver has confirmed it.
CREATE TABLE deliveries (
  subscription TEXT NOT NULL,
  position INTEGER NOT NULL REFERENCES events (position) ON DELETE CASCADE,
  -- Deliveries of one subscription with the same value come one after the other.
  sequence TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  taken_at INTEGER NOT NULL,
  error TEXT,
  dead_at INTEGER,
  PRIMARY KEY (subscription, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_in_sequence ON deliveries (subscription, sequence, position) WHERE dead_at IS NULL;
CREATE INDEX deliveries_of_event ON deliveries (position);
