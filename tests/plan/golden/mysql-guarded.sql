-- Every ALTER commits at once, so each looks first whether it is still to be done. Stopped half-way, the file runs again.

SET SESSION lock_wait_timeout = 3;

SET SESSION group_concat_max_len = 1048576;

-- RenameIndex
SET @todo = CONCAT_WS(', ',
  IF(
    (SELECT COUNT(*) = 2 AND SUM((seq_in_index, CAST(column_name AS BINARY), IFNULL(sub_part, 0), IFNULL(collation, 'A'))
        IN ((1, 'title', 0, 'A'), (2, 'views', 0, 'A'))) = 2
        AND MAX(non_unique) = 1 AND MAX(index_type) = 'BTREE'
      FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'Post' AND CAST(index_name AS BINARY) = 'User.views_index')
    AND NOT EXISTS (SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'Post' AND CAST(LOWER(index_name) AS BINARY) = CAST(LOWER('Post_title_views_idx') AS BINARY)),
    'RENAME INDEX `User.views_index` TO `Post_title_views_idx`',
    NULL
  )
);
SET @statement = IF(@todo = '', 'DO 0', CONCAT('ALTER TABLE `Post` ', @todo, ', ALGORITHM=INPLACE, LOCK=NONE'));
PREPARE namesync FROM @statement;
EXECUTE namesync;
DEALLOCATE PREPARE namesync;

-- RenameIndex
SET @todo = CONCAT_WS(', ',
  IF(
    (SELECT COUNT(*) = 1 AND SUM((seq_in_index, CAST(column_name AS BINARY), IFNULL(sub_part, 0), IFNULL(collation, 'A'))
        IN ((1, 'email', 0, 'A'))) = 1
        AND MAX(non_unique) = 0 AND MAX(index_type) = 'BTREE'
      FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'User' AND CAST(index_name AS BINARY) = 'User.email_unique')
    AND NOT EXISTS (SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'User' AND CAST(LOWER(index_name) AS BINARY) = CAST(LOWER('User_email_key') AS BINARY)),
    'RENAME INDEX `User.email_unique` TO `User_email_key`',
    NULL
  )
);
SET @statement = IF(@todo = '', 'DO 0', CONCAT('ALTER TABLE `User` ', @todo, ', ALGORITHM=INPLACE, LOCK=NONE'));
PREPARE namesync FROM @statement;
EXECUTE namesync;
DEALLOCATE PREPARE namesync;

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
      'ADD CONSTRAINT `Post_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE'),
    NULL
  )
);
SET @statement = IF(@todo = '', 'DO 0', CONCAT('ALTER TABLE `Post` ', @todo));
PREPARE namesync FROM @statement;
EXECUTE namesync;
DEALLOCATE PREPARE namesync;

SET SESSION group_concat_max_len = DEFAULT;

SET SESSION lock_wait_timeout = DEFAULT;
