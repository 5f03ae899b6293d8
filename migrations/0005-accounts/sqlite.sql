-- The key that a key change has begun with: on disk before the CA hears of it (RFC 8555 §7.3.5).
ALTER TABLE accounts ADD COLUMN next_key_secret_id TEXT REFERENCES secrets (id);
ALTER TABLE accounts ADD COLUMN deactivated_at INTEGER;

-- What an issuer of the command line must keep sealed: the key of an external account.
ALTER TABLE issuers ADD COLUMN secret_id TEXT REFERENCES secrets (id);

-- An order at the issuer's staging directory, whose certificate nobody keeps.
ALTER TABLE orders ADD COLUMN is_rehearsal INTEGER NOT NULL DEFAULT 0;
