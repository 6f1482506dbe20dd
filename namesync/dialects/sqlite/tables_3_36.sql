-- What holds a name in the database file, but indexes and SQLite's own tables (SQLite to 3.36, which has no word for shadow
-- tables, so that they are told by their names).
SELECT
    m.name AS "table",
    CASE
        WHEN m.type = 'view' THEN 'view'
        WHEN m.rootpage = 0 THEN 'virtual'
        WHEN EXISTS (
            SELECT 1 FROM sqlite_master AS v
            WHERE v.type = 'table' AND v.rootpage = 0 AND substr(m.name, 1, length(v.name) + 1) = v.name || '_'
        ) THEN 'shadow'
        ELSE 'table'
    END AS what
FROM sqlite_master AS m
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY m.name
