-- 1: the CA has certainly no order of this journal. Without a URL and without this it may have one.
ALTER TABLE orders ADD COLUMN has_no_order INTEGER;
CREATE INDEX orders_by_url ON orders (url) WHERE url IS NOT NULL;
