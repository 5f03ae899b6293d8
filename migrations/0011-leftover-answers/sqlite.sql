-- Orders that have ended before their challenge answers were taken away: a few among many.
CREATE INDEX orders_with_leftovers ON orders (created_at, id) WHERE outcome IS NOT NULL AND answers <> '[]';
