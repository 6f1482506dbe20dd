-- One row for each column, in order; `target_column` is null where the statement names no columns.
SELECT
    m.name AS "table",
    f.id AS id,
    f."from" AS "column",
    f."table" AS target,
    f."to" AS target_column,
    f.on_delete AS on_delete,
    f.on_update AS on_update
FROM sqlite_master AS m
INNER JOIN pragma_foreign_key_list(m.name, 'main') AS f
WHERE m.type = 'table' AND m.rootpage <> 0
ORDER BY m.name, f.id, f.seq
