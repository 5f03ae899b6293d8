-- What session tickets are sealed with, kept so that a restart ends no session.
CREATE TABLE ticket_secrets (
  secret_id TEXT PRIMARY KEY NOT NULL REFERENCES secrets (id),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
