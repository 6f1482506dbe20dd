-- One row for each column of a foreign key, in order. MySQL shows a column's rows to roles with a right on the column only.
SELECT
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    CONSTRAINT_NAME AS `name`,
    COLUMN_NAME AS `column`,
    REFERENCED_TABLE_SCHEMA AS `target_schema`,
    REFERENCED_TABLE_NAME AS `target`,
    REFERENCED_COLUMN_NAME AS `target_column`
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA IN :schemas AND REFERENCED_TABLE_NAME IS NOT NULL
ORDER BY ORDINAL_POSITION
