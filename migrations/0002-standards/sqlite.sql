-- The challenges that earlier orders of the same journal have failed by.
ALTER TABLE orders ADD COLUMN failed_challenges TEXT CHECK (json_valid(failed_challenges));
