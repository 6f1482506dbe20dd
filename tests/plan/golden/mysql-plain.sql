SET SESSION lock_wait_timeout = 3;

-- RenameIndex
ALTER TABLE `Post` RENAME INDEX `User.views_index` TO `Post_title_views_idx`,
  ALGORITHM=INPLACE,
  LOCK=NONE;

-- RenameIndex
ALTER TABLE `User` RENAME INDEX `User.email_unique` TO `User_email_key`,
  ALGORITHM=INPLACE,
  LOCK=NONE;

-- AlterTable
ALTER TABLE `Post` DROP FOREIGN KEY `Custom_Foreign_Key_Constraint`,
  RENAME INDEX `Custom_Foreign_Key_Constraint` TO `Post_authorId_fkey`,
  ADD CONSTRAINT `Post_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE;

SET SESSION lock_wait_timeout = DEFAULT;
