-- What holds a name in the database file, but indexes and SQLite's own tables (SQLite 3.37 and later).
SELECT
    name AS "table",
    type AS what -- table, view, virtual, shadow (a table that belongs to a virtual one)
FROM pragma_table_list
WHERE schema = 'main' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY name
