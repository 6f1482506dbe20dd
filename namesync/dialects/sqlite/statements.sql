-- The statements that made the indexes; SQLite keeps them up to date when tables and columns are renamed.
SELECT
    name,
    sql
FROM sqlite_master
WHERE type = 'index' AND sql IS NOT NULL
ORDER BY name
