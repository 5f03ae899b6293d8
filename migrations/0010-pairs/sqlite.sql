-- One certificate a name set and key algorithm: `ec` or `rsa`, a space, the sorted names joined by commas.
ALTER TABLE certificates RENAME COLUMN name_set TO identity;

UPDATE certificates
SET identity = CASE WHEN spec ->> '$.keyType' LIKE 'ec%' THEN 'ec ' ELSE 'rsa ' END || identity;
