"""What people send to the manifest's pages."""

from typing import Any

from django import forms

from services.catalog.models import ChangeSet
from services.manifest.files import MAX_BYTES


class UploadForm(forms.Form):
    """A manifest file."""

    file = forms.FileField(
        label="Manifest", widget=forms.FileInput(attrs={"accept": ".yml,.yaml,.json"})
    )

    def clean_file(self) -> Any:
        """Refuse what the reader would not read to its end."""
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                f"This file has {file.size / 2**20:.1f} MiB; a manifest has at most"
                f" {MAX_BYTES // 2**20} MiB.",
                code="size",
            )
        return file


class ApplyForm(forms.Form):
    """The preview that was looked at, and why it is applied."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    prune = forms.BooleanField(required=False, widget=forms.HiddenInput)
    force_prune = forms.BooleanField(
        required=False, label="Take them away all the same: I have read the list"
    )
    message = forms.CharField(required=False, max_length=500, label="Why?")


class ChangeSetFilter(forms.Form):
    """Which change sets to list."""

    kind = forms.ChoiceField(
        required=False, choices=[("", "Every kind"), *ChangeSet.Kind.choices], label="Kind"
    )
    actor = forms.CharField(required=False, max_length=200, label="By")
