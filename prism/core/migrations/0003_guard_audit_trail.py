"""Make the database itself refuse to change or delete an audit entry."""

from django.db import migrations

from prism.core.audit_guard import install_guard, remove_guard


def install(apps, schema_editor):
    install_guard(schema_editor.connection)


def remove(apps, schema_editor):
    remove_guard(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [("core", "0002_create_audit_trail")]

    operations = [migrations.RunPython(install, remove)]
