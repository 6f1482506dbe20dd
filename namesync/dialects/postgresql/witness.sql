-- What pg_get_*() look up, which they do past the snapshot: the tables whose indexes hold expressions or predicates, by the
-- versions of their rows, and the whole text for the functions, types and schemas in it.
SELECT
    i.indexrelid::bigint AS id,
    i.xmin::text AS version,
    ARRAY(SELECT a.xmin::text FROM pg_attribute AS a WHERE a.attrelid = t.oid AND a.attnum > 0 ORDER BY a.attnum) AS columns,
    pg_get_indexdef(i.indexrelid) AS text
FROM pg_index AS i
INNER JOIN pg_class AS t ON t.oid = i.indrelid
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE
    n.nspname IN :schemas AND t.relkind IN ('r', 'p')
    AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR i.indisexclusion)
ORDER BY id
