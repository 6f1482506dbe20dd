-- Renames only, none of which reads a row: each takes a moment once it has its lock. Prisma runs the file as one transaction,
-- as psql -1 does.
-- squawk-ignore-file renaming-object, require-statement-timeout, prefer-robust-stmts
-- A guarded statement does nothing where its object bears the new name already, or is not the one meant.

SET lock_timeout = '3s';

-- RenameIndex
ALTER INDEX IF EXISTS "User.views_index" RENAME TO "Post_title_views_idx";

-- RenameIndex
ALTER INDEX IF EXISTS "pk_User" RENAME TO "User_pkey";

-- RenameIndex
ALTER INDEX IF EXISTS "User.email_unique" RENAME TO "User_email_key";

-- RenameForeignKey
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_constraint AS c
    JOIN pg_class AS t ON t.oid = c.conrelid JOIN pg_namespace AS s ON s.oid = t.relnamespace
    JOIN pg_class AS r ON r.oid = c.confrelid JOIN pg_namespace AS rs ON rs.oid = r.relnamespace
    WHERE s.nspname = current_schema() AND t.relname = 'Post'
      AND c.conname = 'Custom_Foreign_Key_Constraint' AND c.contype = 'f'
      AND rs.nspname = current_schema() AND r.relname = 'User'
      AND ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, n)
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum ORDER BY k.n)
        = ARRAY['authorId']
      AND ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (attnum, n)
        JOIN pg_attribute AS a ON a.attrelid = c.confrelid AND a.attnum = k.attnum ORDER BY k.n)
        = ARRAY['id']
  ) AND NOT EXISTS (
    SELECT FROM pg_constraint AS c
    JOIN pg_class AS t ON t.oid = c.conrelid JOIN pg_namespace AS s ON s.oid = t.relnamespace
    WHERE s.nspname = current_schema() AND t.relname = 'Post' AND c.conname = 'Post_authorId_fkey'
  ) THEN
    ALTER TABLE "Post" RENAME CONSTRAINT "Custom_Foreign_Key_Constraint" TO "Post_authorId_fkey";
  END IF;
END
$$;

RESET lock_timeout;
