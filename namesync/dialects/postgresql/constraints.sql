-- What else holds a name where foreign keys have theirs: a table's constraints with neither an index nor a target.
SELECT
    n.nspname AS schema,
    t.relname AS "table",
    c.conname AS name,
    CASE c.contype
        WHEN 'c' THEN 'check constraint'
        WHEN 'n' THEN 'not-null constraint' -- since 18
        WHEN 't' THEN 'constraint trigger'
        ELSE 'constraint'
    END AS what
FROM pg_class AS t
INNER JOIN pg_namespace AS n ON n.oid = t.relnamespace
INNER JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype NOT IN ('p', 'u', 'x', 'f')
WHERE n.nspname IN :schemas AND t.relkind IN ('r', 'p')
ORDER BY schema, "table", name
