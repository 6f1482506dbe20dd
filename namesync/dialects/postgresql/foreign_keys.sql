-- The foreign keys of the tables in scope, wherever they point; columns in the order of the key.
SELECT
    n.nspname AS schema,
    t.relname AS "table",
    c.conname AS name,
    fn.nspname AS target_schema,
    f.relname AS target,
    k.columns,
    k.target_columns,
    c.confdeltype::text AS on_delete,
    c.confupdtype::text AS on_update,
    c.confmatchtype = 'f' AS match_full,
    c.condeferrable AS deferrable,
    c.condeferred AS initially_deferred,
    c.convalidated AS valid,
    coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) AS temporal, -- PERIOD, since 18
    -- The server keeps one more row for each partition of the table pointed at, told by the target of the topmost parent.
    c.conparentid <> 0 AND c.confrelid <> (
        WITH RECURSIVE up AS (
            SELECT c.conparentid AS parent, c.confrelid AS target
            UNION ALL
            SELECT pc.conparentid, pc.confrelid FROM up INNER JOIN pg_constraint AS pc ON pc.oid = up.parent
        )
        SELECT up.target FROM up WHERE up.parent = 0
    ) AS internal
FROM pg_class AS t
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
INNER JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'f'
INNER JOIN pg_class AS f ON f.oid = c.confrelid
INNER JOIN pg_namespace AS fn ON fn.oid = f.relnamespace
CROSS JOIN LATERAL (
    SELECT
        array_agg(a.attname::text ORDER BY p.place) AS columns,
        array_agg(fa.attname::text ORDER BY p.place) AS target_columns
    FROM unnest(c.conkey, c.confkey) WITH ORDINALITY AS p (attnum, target_attnum, place)
    INNER JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = p.attnum
    INNER JOIN pg_attribute AS fa ON fa.attrelid = c.confrelid AND fa.attnum = p.target_attnum
) AS k
WHERE n.nspname IN :schemas AND t.relkind IN ('r', 'p')
ORDER BY schema, "table", name
