-- What may mention the names of indexes (INDEXED BY).
SELECT
    type AS kind,
    'main' AS schema,
    name,
    sql AS source
FROM sqlite_master
WHERE type IN ('trigger', 'view')
ORDER BY type, name
