"""The forms of documents and runs."""

from datetime import date
from typing import Any

from django import forms

from services.analyses.models import Run, RunStep

REVIEW_AFTER_DAYS = 30


class DocumentForm(forms.Form):
    """The text of a document, and what its writer did; `base` is the revision they began from."""

    text = forms.CharField(
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 32, "spellcheck": "true", "class": "source", "autocomplete": "off"}
        ),
        label="Markdown",
    )
    message = forms.CharField(max_length=300, required=False, label="What changed?")
    is_analysed = forms.BooleanField(
        required=False, label="I checked this against the service as it is now"
    )
    base = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ReviewForm(forms.Form):
    """When the document is looked at next."""

    review_on = forms.DateField(
        label="Next review", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_review_on(self) -> date:
        """Refuse a day that is over."""
        chosen: date = self.cleaned_data["review_on"]
        if chosen <= self.today:
            raise forms.ValidationError("The next review must be after today.")
        return chosen


class StartForm(forms.Form):
    """Why a run is begun."""

    reason = forms.CharField(max_length=300, required=False, label="What for?")


class StepForm(forms.Form):
    """Where a step goes, from the state that its reader saw."""

    seen = forms.ChoiceField(choices=RunStep.State.choices)
    state = forms.ChoiceField(choices=RunStep.State.choices)
    note = forms.CharField(max_length=300, required=False)


class EndForm(forms.Form):
    """How a run ended."""

    outcome = forms.ChoiceField(
        choices=[choice for choice in Run.Outcome.choices if choice[0] != Run.Outcome.OPEN]
    )
    conclusion = forms.CharField(
        max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
