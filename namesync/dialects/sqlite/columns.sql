-- Columns in order; `place` is 0, or from 1 the column's place in the primary key. Virtual tables (root page 0) are not
-- looked into, since that fails where their module is not loaded.
SELECT
    m.name AS "table",
    c.name AS name,
    c.pk AS place
FROM sqlite_master AS m
INNER JOIN pragma_table_xinfo(m.name, 'main') AS c
WHERE m.type = 'table' AND m.rootpage <> 0
ORDER BY m.name, c.cid
