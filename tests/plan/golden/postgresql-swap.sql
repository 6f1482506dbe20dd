-- Renames only, none of which reads a row: each takes a moment once it has its lock. Prisma runs the file as one transaction,
-- as psql -1 does.
-- squawk-ignore-file renaming-object, require-statement-timeout, prefer-robust-stmts

SET lock_timeout = '3s';

-- RenameIndex
ALTER INDEX "x" RENAME TO "namesync_55a444914a8b";

-- RenameIndex
ALTER INDEX "y" RENAME TO "x";

-- RenameIndex
ALTER INDEX "namesync_55a444914a8b" RENAME TO "y";

RESET lock_timeout;
