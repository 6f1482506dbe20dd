-- One row for each key part, in order (MariaDB 10.5, which ignores no index).
SELECT
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    INDEX_NAME AS `name`,
    NON_UNIQUE AS `non_unique`,
    INDEX_TYPE AS `method`,
    COLUMN_NAME AS `column`,
    NULL AS `expression`,
    COLLATION AS `sort`,
    SUB_PART AS `length`,
    'YES' AS `visible`
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA IN :schemas
ORDER BY SEQ_IN_INDEX
