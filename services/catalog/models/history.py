"""What changed, when and by whom; and the manifest texts that the catalog was imported from."""

from django.conf import settings
from django.db import models


class ChangeSet(models.Model):
    """One act on the catalog: a manifest applied, an edit in the admin, or a revert.

    `revision` is the catalog's revision after this change set; it has no gaps.
    `actor_name` outlives the account; `counts` is `{"create": 3, "change": 1, ...}`.
    """

    class Kind(models.TextChoices):
        """What made the change set."""

        MANIFEST = "manifest"
        ADMIN = "admin"
        REVERT = "revert"

    revision = models.PositiveBigIntegerField(unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    created_at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=200)
    message = models.TextField(blank=True, default="")
    counts = models.JSONField(default=dict)
    reverts = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="reverted_by"
    )

    def __str__(self) -> str:
        return f"#{self.revision}"


class Change(models.Model):
    """What one change set did to one subject (a project, a service, or the workspace).

    `entries` is a list of `{"action": "create" | "change" | "rename" | "archive" | "remove" | "restore",
    "model": record kind, "key": [...], "fields": {field: [old, new]}}`.
    """

    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="changes")
    subject_kind = models.CharField(max_length=20)
    subject_name = models.CharField(max_length=200)
    entries = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change_set", "subject_kind", "subject_name"],
                name="change_set_has_one_change_per_subject",
            ),
        ]
        indexes = [models.Index(fields=["subject_kind", "subject_name", "-change_set"])]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_name}"


class ManifestDocument(models.Model):
    """The text of an applied manifest, byte for byte; the current one is what export patches."""

    change_set = models.OneToOneField(ChangeSet, on_delete=models.CASCADE, related_name="document")
    file_name = models.CharField(max_length=300)
    sha256 = models.CharField(max_length=64)
    compressed_text = models.BinaryField()
    is_current = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"],
                condition=models.Q(is_current=True),
                name="there_is_one_current_manifest_document",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class StatedFields(models.Model):
    """Which fields of one subject the document states, and on which line.

    `lines` is `{record kind: {key joined by "/": {field: line}}}`, lines counted from 1.
    """

    document = models.ForeignKey(
        ManifestDocument, on_delete=models.CASCADE, related_name="stated_fields"
    )
    subject_kind = models.CharField(max_length=20)
    subject_name = models.CharField(max_length=200)
    lines = models.JSONField()

    class Meta:
        verbose_name_plural = "stated fields"
        constraints = [
            models.UniqueConstraint(
                fields=["document", "subject_kind", "subject_name"],
                name="document_states_a_subject_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.subject_name}"
