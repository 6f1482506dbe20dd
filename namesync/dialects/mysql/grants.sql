-- One unnamed column of GRANT (and REVOKE) statements, those of the active roles among them. No view of information_schema
-- lists what roles were granted on databases.
SHOW GRANTS
