-- Lists, searches and counts of the inventory are answered from these indexes: the rows, with all
-- that was ever said about them, are read for one page only.

-- 0 without a certificate, so that those come first.
ALTER TABLE certificates ADD COLUMN expiry INTEGER GENERATED ALWAYS AS (COALESCE(expires_at, 0)) VIRTUAL;

DROP INDEX certificates_by_expiry;
CREATE INDEX certificates_by_expiry ON certificates (expiry, id, identity);
CREATE INDEX certificates_by_creation ON certificates (id, identity);
CREATE INDEX certificates_in_trouble ON certificates (expiry, id, identity)
WHERE failure_count IS NOT NULL OR waiting IS NOT NULL;
