"""Create the four roles as groups; what each may do is in prism/core/roles.py."""

from django.db import migrations

ROLES = ("viewer", "editor", "operator", "admin")


def create_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in ROLES:
        Group.objects.get_or_create(name=name)


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0003_guard_audit_trail"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    # going back keeps the groups: people are in them
    operations = [migrations.RunPython(create_roles, migrations.RunPython.noop)]
