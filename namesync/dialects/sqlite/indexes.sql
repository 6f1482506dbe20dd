-- One row for each key part, in order; `origin` is c (CREATE INDEX), u (UNIQUE) or pk; `column` is null for an expression.
SELECT
    m.name AS "table",
    l.name AS name,
    l."unique" AS is_unique,
    l.origin AS origin,
    x.name AS "column",
    x."desc" AS descending,
    x.coll AS collation
FROM sqlite_master AS m
INNER JOIN pragma_index_list(m.name, 'main') AS l
INNER JOIN pragma_index_xinfo(l.name, 'main') AS x
WHERE m.type = 'table' AND m.rootpage <> 0 AND x.key = 1
ORDER BY m.name, l.name, x.seqno
