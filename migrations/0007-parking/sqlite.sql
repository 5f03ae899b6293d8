-- A certificate whose names lead elsewhere: DNS is looked at, the CA is not asked.
ALTER TABLE certificates ADD COLUMN failure_parked_at INTEGER;
ALTER TABLE certificates ADD COLUMN failure_parked_message TEXT;
