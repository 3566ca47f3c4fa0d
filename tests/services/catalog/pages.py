"""Short ways to the admin pages of the catalog, as a browser walks them."""

from typing import Any

from django.test import Client
from django.urls import reverse

from services.catalog.models import Change, ChangeSet
from tests.filled_form import filled_form


def change_url(row: Any) -> str:
    return reverse(f"admin:services_{row._meta.model_name}_change", args=[row.pk])


def open_form(client: Client, row: Any, query: str = "") -> dict[str, Any]:
    """Open the change page of a row and give its form as it would be sent back."""
    response = client.get(change_url(row) + query)
    assert response.status_code == 200
    return filled_form(response, f"{row._meta.model_name}_form")


def save(client: Client, row: Any, **changes: Any) -> Any:
    """Open the change page, change some controls, and press Save."""
    data = open_form(client, row) | changes
    return client.post(change_url(row), {name: v for name, v in data.items() if v is not None})


def errors_of(response: Any) -> list[str]:
    """List the messages of an invalid form and of its rows."""
    assert response.status_code == 200, "the form was valid"
    form = response.context["adminform"].form
    found = [message for messages in form.errors.values() for message in messages]
    for formset in response.context["inline_admin_formsets"]:
        found += formset.formset.non_form_errors()
        for errors in formset.formset.errors:
            found += [message for messages in errors.values() for message in messages]
    return found


def last_entries() -> list[dict[str, Any]]:
    """Give the entries of the last change set, one subject after the other."""
    last = ChangeSet.objects.latest("revision")
    changes = Change.objects.filter(change_set=last).order_by("pk")
    return [entry for change in changes for entry in change.entries]
