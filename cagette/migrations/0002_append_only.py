"""The two trigger functions that keep history as it was written.

`cagette_append_only(column, ...)` refuses UPDATE and DELETE, but for the redaction of the named personal columns by a
transaction that has said `SET LOCAL cagette.redaction = 'on'`.
`cagette_frozen_but(column, ...)` refuses DELETE, and UPDATE of anything but the named columns.
"""

from typing import ClassVar

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION cagette_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('cagette.redaction', true) = 'on'
       AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION cagette_frozen_but() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cagette", "0001_initial")]

    operations: ClassVar = [
        migrations.RunSQL(
            FUNCTIONS, "DROP FUNCTION cagette_append_only() CASCADE; DROP FUNCTION cagette_frozen_but() CASCADE;"
        ),
    ]
