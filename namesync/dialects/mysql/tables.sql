-- All that this role sees of the databases in scope, views and sequences too. TABLE_ROWS is an estimate, on MySQL up to
-- information_schema_stats_expiry old: fresh ones would make it open every table.
SELECT
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    TABLE_TYPE AS `type`,
    TABLE_ROWS AS `rows`,
    CREATE_OPTIONS AS `options`
FROM information_schema.TABLES
WHERE TABLE_SCHEMA IN :schemas
ORDER BY TABLE_SCHEMA, TABLE_NAME
