-- Whose eyes these are, and whether the server tells table names apart by case (0) or not (1, 2).
SELECT
    CURRENT_USER() AS account,
    @@lower_case_table_names AS lower_case_table_names
