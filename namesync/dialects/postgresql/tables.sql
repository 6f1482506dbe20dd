-- The tables of the schemas in scope, with their columns in order. The session pins search_path to pg_catalog.
SELECT
    n.nspname AS schema,
    t.relname AS name,
    t.relkind = 'p' AS partitioned,
    pn.nspname AS parent_schema,
    p.relname AS parent,
    -- Never analysed: -1 since 14, before that 0 pages.
    CASE WHEN t.reltuples >= 0 AND (t.relpages > 0 OR t.reltuples > 0) THEN t.reltuples::bigint END AS estimate,
    EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.objsubid = 0 AND d.deptype = 'e'
    ) AS of_extension,
    ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    ) AS columns
FROM pg_class AS t
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
LEFT JOIN pg_inherits AS h ON h.inhrelid = t.oid AND t.relispartition
LEFT JOIN pg_class AS p ON p.oid = h.inhparent
LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE n.nspname IN :schemas AND t.relkind IN ('r', 'p')
ORDER BY schema, name
