-- One row for each key part, in order (MySQL 8.0.13 and later).
SELECT
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    INDEX_NAME AS `name`,
    NON_UNIQUE AS `non_unique`,
    INDEX_TYPE AS `method`,
    COLUMN_NAME AS `column`,
    EXPRESSION AS `expression`,
    COLLATION AS `sort`,
    SUB_PART AS `length`,
    IS_VISIBLE AS `visible`
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA IN :schemas
ORDER BY SEQ_IN_INDEX
