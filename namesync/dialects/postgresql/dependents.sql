-- What may mention the names of constraints and indexes: the source of functions and procedures, the arguments of triggers, the
-- literals of views. Rules and bodies in BEGIN ATOMIC know constraints by their ids, which no rename changes.
SELECT
    CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END AS kind,
    n.nspname AS schema,
    p.proname AS name,
    p.prosrc AS source
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON n.oid = p.pronamespace
INNER JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
WHERE
    n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND p.prosrc <> '' -- a body in BEGIN ATOMIC has none
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    )
UNION ALL
SELECT
    CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END AS kind,
    n.nspname AS schema,
    v.relname AS name,
    pg_get_viewdef(v.oid) AS source
FROM pg_class AS v
INNER JOIN pg_namespace AS n ON n.oid = v.relnamespace
WHERE
    v.relkind IN ('v', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = v.oid AND d.deptype = 'e'
    )
UNION ALL
SELECT
    'trigger' AS kind,
    n.nspname AS schema,
    t.tgname AS name,
    pg_get_triggerdef(t.oid) AS source
FROM pg_trigger AS t
INNER JOIN pg_class AS r ON r.oid = t.tgrelid
INNER JOIN pg_namespace AS n ON n.oid = r.relnamespace
WHERE NOT t.tgisinternal
ORDER BY kind, schema, name
