-- What else holds a name where indexes have theirs: all relations but tables and the indexes of tables.
SELECT
    n.nspname AS schema,
    r.relname AS name,
    CASE r.relkind
        WHEN 'v' THEN 'view'
        WHEN 'm' THEN 'materialized view'
        WHEN 'S' THEN 'sequence'
        WHEN 'f' THEN 'foreign table'
        WHEN 'c' THEN 'composite type'
        WHEN 'i' THEN 'index of a materialized view'
        ELSE 'relation'
    END AS what
FROM pg_class AS r
INNER JOIN pg_namespace AS n ON n.oid = r.relnamespace
LEFT JOIN pg_index AS i ON i.indexrelid = r.oid
LEFT JOIN pg_class AS t ON t.oid = i.indrelid
WHERE n.nspname IN :schemas AND r.relkind NOT IN ('r', 'p') AND t.relkind IS DISTINCT FROM 'r' AND t.relkind IS DISTINCT FROM 'p'
ORDER BY schema, name
