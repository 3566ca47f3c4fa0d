"""Uploaded manifests on their way from the preview to the apply."""

import zlib
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from services.manifest.models import PendingManifest
from services.manifest.reader import read_manifest


@transaction.atomic
def keep_upload(
    *, owner: AbstractBaseUser, content: bytes, file_name: str, now: datetime
) -> PendingManifest:
    """Read an upload and keep its text for an hour; raise ManifestInvalid and keep nothing.

    Lets go of every upload that has expired, and of the owner's earlier ones.
    """
    manifest = read_manifest(content, file_name=file_name)
    PendingManifest.objects.expired(now).delete()
    PendingManifest.objects.filter(owner_id=owner.pk).delete()
    return PendingManifest.objects.create(
        owner_id=owner.pk,
        file_name=manifest.file_name[:300],
        compressed_text=zlib.compress(manifest.text.encode()),
        created_at=now,
    )


def text_of(pending: PendingManifest) -> str:
    """Give the text as it was uploaded."""
    return zlib.decompress(pending.compressed_text).decode()
