-- What foreign keys do. MariaDB hides it from roles that have nothing but SELECT.
SELECT
    CONSTRAINT_SCHEMA AS `schema`,
    TABLE_NAME AS `table`,
    CONSTRAINT_NAME AS `name`,
    DELETE_RULE AS `on_delete`,
    UPDATE_RULE AS `on_update`
FROM information_schema.REFERENTIAL_CONSTRAINTS
WHERE CONSTRAINT_SCHEMA IN :schemas
ORDER BY CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME
