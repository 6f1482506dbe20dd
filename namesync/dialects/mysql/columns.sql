-- The columns of tables and views, in order.
SELECT
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    COLUMN_NAME AS `name`
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA IN :schemas
ORDER BY ORDINAL_POSITION
