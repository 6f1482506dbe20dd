-- Renames only, none of which reads a row: each takes a moment once it has its lock. Prisma runs the file as one transaction,
-- as psql -1 does.
-- squawk-ignore-file renaming-object, require-statement-timeout, prefer-robust-stmts
-- A guarded statement does nothing where its object bears the new name already, or is not the one meant.

SET lock_timeout = '3s';

-- RenameIndex
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_index AS i
    JOIN pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = x.relam
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_namespace AS s ON s.oid = t.relnamespace
    WHERE s.nspname = current_schema() AND t.relname = 'Post' AND x.relname = 'User.views_index'
      AND NOT i.indisunique AND m.amname = 'btree' AND i.indpred IS NULL
      AND i.indnkeyatts = 2 AND i.indoption::text = '0 0'
      AND NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)
      AND ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnatts) AS n)
        = ARRAY[quote_ident('title'), quote_ident('views')]
  ) AND NOT EXISTS (
    SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace
    WHERE s.nspname = current_schema() AND x.relname = 'Post_title_views_idx'
  ) THEN
    ALTER INDEX "User.views_index" RENAME TO "Post_title_views_idx";
  END IF;
END
$$;

-- RenameIndex
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_index AS i
    JOIN pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = x.relam
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_namespace AS s ON s.oid = t.relnamespace
    WHERE s.nspname = current_schema() AND t.relname = 'User' AND x.relname = 'pk_User'
      AND i.indisprimary AND m.amname = 'btree' AND i.indpred IS NULL
      AND i.indnkeyatts = 1 AND i.indoption::text = '0'
      AND NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)
      AND ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnatts) AS n)
        = ARRAY[quote_ident('id')]
  ) AND NOT EXISTS (
    SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace
    WHERE s.nspname = current_schema() AND x.relname = 'User_pkey'
    UNION ALL
    SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace
    JOIN pg_constraint AS own ON own.conindid = x.oid AND own.contype <> 'f'
    JOIN pg_constraint AS c ON c.conrelid = own.conrelid
    WHERE s.nspname = current_schema() AND x.relname = 'pk_User' AND c.conname = 'User_pkey'
  ) THEN
    ALTER INDEX "pk_User" RENAME TO "User_pkey";
  END IF;
END
$$;

-- RenameIndex
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_index AS i
    JOIN pg_class AS x ON x.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = x.relam
    JOIN pg_class AS t ON t.oid = i.indrelid
    JOIN pg_namespace AS s ON s.oid = t.relnamespace
    WHERE s.nspname = current_schema() AND t.relname = 'User' AND x.relname = 'User.email_unique'
      AND i.indisunique AND NOT i.indisprimary AND m.amname = 'btree' AND i.indpred IS NULL
      AND i.indnkeyatts = 1 AND i.indoption::text = '0'
      AND NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)
      AND ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, false) FROM generate_series(1, i.indnatts) AS n)
        = ARRAY[quote_ident('email')]
  ) AND NOT EXISTS (
    SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace
    WHERE s.nspname = current_schema() AND x.relname = 'User_email_key'
    UNION ALL
    SELECT FROM pg_class AS x JOIN pg_namespace AS s ON s.oid = x.relnamespace
    JOIN pg_constraint AS own ON own.conindid = x.oid AND own.contype <> 'f'
    JOIN pg_constraint AS c ON c.conrelid = own.conrelid
    WHERE s.nspname = current_schema() AND x.relname = 'User.email_unique' AND c.conname = 'User_email_key'
  ) THEN
    ALTER INDEX "User.email_unique" RENAME TO "User_email_key";
  END IF;
END
$$;

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
