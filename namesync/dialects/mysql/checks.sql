-- MariaDB's table checks, whose names its foreign keys and uniques of the same table may not have. A column's check bears the
-- column's name and is in nobody's way.
SELECT
    CONSTRAINT_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    CONSTRAINT_NAME AS `name`
FROM information_schema.CHECK_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA IN :schemas AND LEVEL = 'Table'
ORDER BY CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME
