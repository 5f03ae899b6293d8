-- Pages of what was given up, the newest first.
CREATE INDEX deliveries_dead ON deliveries (dead_at) WHERE dead_at IS NOT NULL;

-- Pages of the audit log by who it was and by what was done: with both, nothing but an index is
-- looked through.
CREATE INDEX audit_by_actor_id ON audit (json_extract(actor, '$.id'), id, operation);
CREATE INDEX audit_by_actor_name ON audit (json_extract(actor, '$.name'), id, operation);
CREATE INDEX audit_by_operation ON audit (operation, id);
