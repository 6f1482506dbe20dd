SET SESSION lock_wait_timeout = 3;

-- AlterTable
ALTER TABLE `Post` DROP INDEX `User.views_index`,
  ADD INDEX `Post_title_views_idx` (`title`, `views`);

-- AlterTable
ALTER TABLE `User` DROP INDEX `User.email_unique`,
  ADD UNIQUE INDEX `User_email_key` (`email`);

-- AlterTable
ALTER TABLE `Post` DROP FOREIGN KEY `Custom_Foreign_Key_Constraint`,
  DROP INDEX `Custom_Foreign_Key_Constraint`,
  ADD INDEX `Post_authorId_fkey` (`authorId`),
  ADD CONSTRAINT `Post_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

SET SESSION lock_wait_timeout = DEFAULT;
