-- Renames only, none of which reads a row: each takes a moment once it has its lock. Prisma runs the file as one transaction,
-- as psql -1 does.
-- squawk-ignore-file renaming-object, require-statement-timeout, prefer-robust-stmts

SET lock_timeout = '3s';

-- RenameIndex
ALTER INDEX "User.views_index" RENAME TO "Post_title_views_idx";

-- RenameIndex
ALTER INDEX "pk_User" RENAME TO "User_pkey";

-- RenameIndex
ALTER INDEX "User.email_unique" RENAME TO "User_email_key";

-- RenameForeignKey
ALTER TABLE "Post" RENAME CONSTRAINT "Custom_Foreign_Key_Constraint" TO "Post_authorId_fkey";

RESET lock_timeout;
