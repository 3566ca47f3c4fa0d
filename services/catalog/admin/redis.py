"""The declared namespaces of Redis."""

from typing import Any

from django import forms
from django.contrib import admin

from services.catalog.admin.fields import UntouchedValues
from services.catalog.admin.recorded import RecordedAdmin
from services.catalog.models import RedisNamespace
from services.catalog.names import TtlPolicy

_BOUNDED = {TtlPolicy.RANGE, TtlPolicy.MAXIMUM, TtlPolicy.SLIDING}


class RedisNamespaceForm(UntouchedValues):
    """A namespace."""

    pattern = forms.CharField(
        max_length=200, help_text="As Redis matches keys: * ? and [abc]; cart:* for example."
    )

    class Meta:
        model = RedisNamespace
        fields = ["pattern", "key_template", "purpose", "owner", "ttl_policy", "ttl_min_s",
                  "ttl_max_s", "key_type", "sensitivity"]  # fmt: skip
        labels = {
            "key_template": "Key",
            "ttl_policy": "Time to live",
            "ttl_min_s": "At least (s)",
            "ttl_max_s": "At most (s)",
            "key_type": "Type",
        }
        help_texts = {
            "key_template": "How a key is made: cart:{customer_id}.",
            "owner": "The service that writes the keys.",
            "ttl_policy": "A sliding time is renewed with each use. Channels are no keys.",
            "sensitivity": "Private hides the names of keys; secret never shows a value either.",
        }

    def clean(self) -> dict[str, Any] | None:
        """Refuse bounds that say nothing or contradict each other."""
        cleaned = super().clean() or {}
        policy, least, most = (cleaned.get(n) for n in ("ttl_policy", "ttl_min_s", "ttl_max_s"))
        if policy in _BOUNDED and most is None and "ttl_max_s" not in self.errors:
            self.add_error("ttl_max_s", "Say how long a key may live at most.")
        if least is not None and most is not None and least > most:
            self.add_error("ttl_min_s", "This is more than the longest time.")
        return cleaned


@admin.register(RedisNamespace)
class RedisNamespaceAdmin(RecordedAdmin):
    """What Redis is to hold."""

    form = RedisNamespaceForm
    list_display = ["pattern", "purpose", "owner", "ttl_policy", "key_type", "sensitivity"]
    list_filter = ["ttl_policy"]
    ordering = ["pattern"]
    search_fields = ["pattern", "purpose", "owner"]
