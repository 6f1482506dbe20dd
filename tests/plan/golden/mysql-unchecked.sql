-- Every ALTER commits at once, so each looks first whether it is still to be done. Stopped half-way, the file runs again.

-- Foreign keys are made again without checking the rows, after a look for rows that point nowhere: where there is one, the
-- checks stay on, and the server refuses the ALTER (1846).

SET SESSION lock_wait_timeout = 3;

SET SESSION group_concat_max_len = 1048576;

-- AlterTable
SET @todo = CONCAT_WS(', ',
  IF(
    (SELECT COUNT(*) = 1 AND SUM((ordinal_position, CAST(column_name AS BINARY), CAST(referenced_column_name AS BINARY))
        IN ((1, 'authorId', 'id'))) = 1
      FROM information_schema.key_column_usage
      WHERE table_schema = DATABASE() AND table_name = 'Post' AND constraint_schema = DATABASE() AND CAST(constraint_name AS BINARY) = 'Custom_Foreign_Key_Constraint'
        AND referenced_table_schema = DATABASE() AND referenced_table_name = 'User')
    AND EXISTS (SELECT 1 FROM information_schema.referential_constraints
      WHERE constraint_schema = DATABASE() AND table_name = 'Post' AND CAST(constraint_name AS BINARY) = 'Custom_Foreign_Key_Constraint'
        AND delete_rule = 'CASCADE' AND update_rule = 'CASCADE')
    AND NOT EXISTS (SELECT 1 FROM information_schema.referential_constraints
      WHERE constraint_schema = DATABASE() AND CAST(LOWER(constraint_name) AS BINARY) = CAST(LOWER('Post_authorId_fkey') AS BINARY))
    AND NOT (EXISTS (SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'Post' AND CAST(index_name AS BINARY) = 'Custom_Foreign_Key_Constraint' HAVING MIN(non_unique) = 1
          AND SUM(sub_part IS NULL AND (seq_in_index, CAST(column_name AS BINARY)) IN ((1, 'authorId'))) = 1)
    AND EXISTS (SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'Post' AND CAST(LOWER(index_name) AS BINARY) = CAST(LOWER('Post_authorId_fkey') AS BINARY) AND NOT CAST(index_name AS BINARY) = 'Custom_Foreign_Key_Constraint')),
    CONCAT('DROP FOREIGN KEY `Custom_Foreign_Key_Constraint`, ', IFNULL((
      SELECT GROUP_CONCAT('RENAME INDEX ', CONCAT('`', REPLACE(name, '`', '``'), '`'), ' TO ', IF(CAST(name AS BINARY) = 'Custom_Foreign_Key_Constraint', '`Post_authorId_fkey`', CONCAT('`', REPLACE(name, '`', '``'), '`')), ', ' SEPARATOR '')
      FROM (SELECT MIN(index_name) AS name FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'Post'
        GROUP BY CAST(index_name AS BINARY) HAVING (COUNT(*) = 1 OR CAST(MIN(index_name) AS BINARY) = 'Custom_Foreign_Key_Constraint') AND MIN(non_unique) = 1
          AND SUM(sub_part IS NULL AND (seq_in_index, CAST(column_name AS BINARY)) IN ((1, 'authorId'))) = 1
      ) AS behind), ''),
      CONCAT('ADD CONSTRAINT `Post_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (`id`)', ' ON DELETE CASCADE', ' ON UPDATE CASCADE')),
    NULL
  )
);
SET @checks = @@SESSION.foreign_key_checks;
SET @statement = IF(@todo = '', 'DO 0', 'SET SESSION foreign_key_checks = (
  EXISTS (SELECT 1 FROM `Post` AS c LEFT JOIN `User` AS p ON p.`id` = c.`authorId` WHERE c.`authorId` IS NOT NULL AND p.`id` IS NULL)
)');
PREPARE namesync FROM @statement;
EXECUTE namesync;
DEALLOCATE PREPARE namesync;
SET @statement = IF(@todo = '', 'DO 0', CONCAT('ALTER TABLE `Post` ', @todo, ', ALGORITHM=INPLACE, LOCK=NONE'));
PREPARE namesync FROM @statement;
EXECUTE namesync;
DEALLOCATE PREPARE namesync;
SET SESSION foreign_key_checks = @checks;

SET SESSION group_concat_max_len = DEFAULT;

SET SESSION lock_wait_timeout = DEFAULT;
