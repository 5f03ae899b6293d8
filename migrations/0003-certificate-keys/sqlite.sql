-- SHA-256 of the public key: a compromised key is to be found wherever it is.
ALTER TABLE issuances ADD COLUMN key_fingerprint256 TEXT;
CREATE INDEX issuances_by_key ON issuances (key_fingerprint256) WHERE key_fingerprint256 IS NOT NULL;
