-- Every index of the tables in scope with the constraint it stands behind; key parts, then INCLUDE columns, in order.
SELECT
    n.nspname AS schema,
    t.relname AS "table",
    x.relname AS name,
    m.amname AS method,
    i.indisprimary AS is_primary,
    i.indisunique AS is_unique,
    i.indisvalid AS valid,
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS nulls_not_distinct, -- since 15
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    i.indnkeyatts AS key_length,
    k.columns,
    k.expressions,
    i.indoption::int[] AS options, -- bit 0: descending, bit 1: nulls first
    k.operator_classes,
    k.collations,
    c.contype::text AS constraint_type,
    coalesce(c.condeferrable, false) AS deferrable,
    coalesce(c.condeferred, false) AS initially_deferred,
    coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) AS temporal, -- WITHOUT OVERLAPS, since 18
    CASE WHEN c.contype = 'x' THEN coalesce(pg_get_constraintdef(c.oid), '') ELSE '' END AS exclusion
FROM pg_class AS t
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
INNER JOIN pg_index AS i ON i.indrelid = t.oid
INNER JOIN pg_class AS x ON x.oid = i.indexrelid
INNER JOIN pg_am AS m ON m.oid = x.relam
LEFT JOIN pg_constraint AS c
    ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid AND c.contype IN ('p', 'u', 'x')
CROSS JOIN LATERAL (
    SELECT
        -- pg_get_*() look past the snapshot: NULL where the index has been dropped since, which witness.sql finds out.
        array_agg(
            coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, p.place::int, false), '') ORDER BY p.place
        ) AS columns,
        array_agg(p.attnum = 0 ORDER BY p.place) AS expressions,
        array_agg(
            CASE
                WHEN o.oid IS NULL OR (o.opcdefault AND xa.attoptions IS NULL) THEN NULL
                WHEN xa.attoptions IS NULL THEN o.opcname::text
                ELSE format('%s(%s)', o.opcname, array_to_string(xa.attoptions, ', '))
            END ORDER BY p.place
        ) AS operator_classes,
        -- An expression has no column to compare with: the database's own collation stands for "none".
        array_agg(CASE WHEN l.oid <> coalesce(a.attcollation, 100) THEN l.collname::text END ORDER BY p.place) AS collations
    FROM unnest(i.indkey::int[]) WITH ORDINALITY AS p (attnum, place)
    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = p.attnum AND p.attnum <> 0
    LEFT JOIN pg_attribute AS xa ON xa.attrelid = i.indexrelid AND xa.attnum = p.place
    LEFT JOIN pg_opclass AS o ON p.place <= i.indnkeyatts AND o.oid = i.indclass[p.place - 1]
    LEFT JOIN pg_collation AS l ON p.place <= i.indnkeyatts AND l.oid = i.indcollation[p.place - 1]
) AS k
WHERE n.nspname IN :schemas AND t.relkind IN ('r', 'p')
ORDER BY schema, "table", name
