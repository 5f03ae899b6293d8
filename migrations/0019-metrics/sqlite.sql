-- What is counted for monitoring is answered from these, and not from all rows.

-- The first failure of those in a row that failure_count counts.
ALTER TABLE certificates ADD COLUMN failure_since INTEGER;

UPDATE certificates SET failure_since = failure_error_at WHERE failure_count IS NOT NULL;

CREATE INDEX certificates_failing ON certificates (failure_error ->> '$.code', failure_since)
WHERE failure_count IS NOT NULL;
CREATE INDEX certificates_waiting ON certificates (waiting ->> '$.until') WHERE waiting IS NOT NULL;
CREATE INDEX certificates_parked ON certificates (failure_parked_at)
WHERE failure_parked_at IS NOT NULL;
CREATE INDEX certificates_with_window ON certificates (renewal_window_start)
WHERE renewal_window_start IS NOT NULL;
CREATE INDEX certificates_without_answer ON certificates (renewal_failures)
WHERE renewal_failures IS NOT NULL;
CREATE INDEX deployments_by_target ON deployments (target, failures);
CREATE INDEX leases_held ON leases (expires_at, name, holder) WHERE holder IS NOT NULL;

-- Orders that have ended, by how and how long they took: they only grow, also when a certificate is
-- removed with its orders. `bucket` is that of the first bound which the duration does not exceed.
CREATE TABLE order_totals (
  issuer TEXT NOT NULL,
  outcome TEXT NOT NULL,
  bucket INTEGER NOT NULL,
  orders INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  PRIMARY KEY (issuer, outcome, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE order_buckets (
  bucket INTEGER PRIMARY KEY NOT NULL,
  -- NULL: longer than all others.
  most_milliseconds INTEGER
) STRICT;

INSERT INTO order_buckets VALUES
  (0, 1000), (1, 2000), (2, 5000), (3, 10000), (4, 20000), (5, 30000), (6, 60000), (7, 120000),
  (8, 300000), (9, 600000), (10, 1800000), (11, 3600000), (12, 21600000), (13, 86400000),
  (14, NULL);

CREATE TRIGGER orders_ended AFTER UPDATE OF outcome ON orders
WHEN OLD.outcome IS NULL AND NEW.outcome IS NOT NULL BEGIN
  INSERT INTO order_totals (issuer, outcome, bucket, orders, milliseconds)
  SELECT NEW.issuer, NEW.outcome, MIN(bucket), 1, MAX(0, NEW.finished_at - NEW.created_at)
  FROM order_buckets
  WHERE most_milliseconds IS NULL OR NEW.finished_at - NEW.created_at <= most_milliseconds
  ON CONFLICT (issuer, outcome, bucket) DO UPDATE SET
    orders = orders + 1, milliseconds = milliseconds + excluded.milliseconds;
END;

INSERT INTO order_totals (issuer, outcome, bucket, orders, milliseconds)
SELECT issuer, outcome,
  (SELECT MIN(bucket) FROM order_buckets
   WHERE most_milliseconds IS NULL OR finished_at - orders.created_at <= most_milliseconds) AS slot,
  COUNT(*), SUM(MAX(0, finished_at - created_at))
FROM orders WHERE outcome IS NOT NULL AND finished_at IS NOT NULL GROUP BY issuer, outcome, slot;
