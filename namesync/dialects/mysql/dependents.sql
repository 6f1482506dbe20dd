-- What may mention the names of indexes (FORCE INDEX). The source is null or empty where this role may not see it.
SELECT
    LOWER(ROUTINE_TYPE) AS `kind`,
    ROUTINE_SCHEMA AS `schema`,
    ROUTINE_NAME AS `name`,
    ROUTINE_DEFINITION AS `source`
FROM information_schema.ROUTINES
WHERE ROUTINE_SCHEMA IN :schemas
UNION ALL
SELECT
    'trigger' AS `kind`,
    TRIGGER_SCHEMA AS `schema`,
    TRIGGER_NAME AS `name`,
    ACTION_STATEMENT AS `source`
FROM information_schema.TRIGGERS
WHERE TRIGGER_SCHEMA IN :schemas
UNION ALL
SELECT
    'view' AS `kind`,
    TABLE_SCHEMA AS `schema`,
    TABLE_NAME AS `name`,
    VIEW_DEFINITION AS `source`
FROM information_schema.VIEWS
WHERE TABLE_SCHEMA IN :schemas
UNION ALL
SELECT
    'event' AS `kind`,
    EVENT_SCHEMA AS `schema`,
    EVENT_NAME AS `name`,
    EVENT_DEFINITION AS `source`
FROM information_schema.EVENTS
WHERE EVENT_SCHEMA IN :schemas
ORDER BY 1, 2, 3
