-- What tells that a table changed (MariaDB): InnoDB's CREATE_TIME is that of the file with its definition, which every ALTER and
-- RENAME writes anew. It has whole seconds, and other engines have another time or none: `unsure`.
SELECT
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    CREATE_TIME AS `changed`,
    TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
    AND (ENGINE <=> 'InnoDB' AND CREATE_TIME < NOW() - INTERVAL 1 SECOND) IS NOT TRUE AS `unsure`
FROM information_schema.TABLES
WHERE TABLE_SCHEMA IN :schemas
UNION ALL
SELECT
    SCHEMA_NAME AS `schema`,
    NULL AS `table`,
    NULL AS `changed`,
    0 AS `unsure`
FROM information_schema.SCHEMATA
WHERE SCHEMA_NAME IN :schemas
ORDER BY 1, 2
