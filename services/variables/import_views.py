"""The pages that take a file in: paste or choose it, look the table over, keep it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from prism.core.access import console_view, is_allowed, logged_in_person
from services.catalog.models import Environment, Service
from services.catalog.names import Level
from services.variables.actions import NewVariable, define, keep, look
from services.variables.doors import NotFromRailway, from_env_file, from_railway
from services.variables.env_file import ALL_READERS, MAX_CHARACTERS, PORTABLE, EnvFileError, Reader
from services.variables.models import Door
from services.variables.reading import load_layers
from services.variables.review import ReviewRow, missing, pack, review, unpack

REVIEW_SECONDS = 3600
SALT = "prism.variables.review"
_AGREED = "agreed"


class ImportForm(forms.Form):
    """A file for one service in one environment."""

    service = forms.CharField(max_length=100)
    environment = forms.CharField(max_length=100)
    door = forms.ChoiceField(
        choices=[(Door.ENV_FILE.value, "a .env file"), (Door.RAILWAY.value, "JSON of Railway")],
        initial=Door.ENV_FILE.value,
    )
    reader = forms.ChoiceField(
        required=False,
        choices=[
            (_AGREED, "what python-dotenv, compose and sh agree on"),
            *((reader.value, reader.value) for reader in ALL_READERS),
        ],
    )
    text = forms.CharField(required=False, strip=False, max_length=4_000_000)
    file = forms.FileField(required=False)
    keep_examples = forms.BooleanField(required=False)

    def clean_service(self) -> Service:
        """Find the service by its name."""
        name = self.cleaned_data["service"].strip()
        found = Service.objects.current().select_related("project").filter(name=name).first()
        if found is None:
            raise ValidationError("There is no service of this name.")
        return found

    def clean_environment(self) -> Environment:
        """Find the environment by its name."""
        found = Environment.objects.filter(name=self.cleaned_data["environment"]).first()
        if found is None:
            raise ValidationError("There is no environment of this name.")
        return found

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Read the file; what is wrong with it is said with its line, and never with its value."""
        cleaned: dict[str, Any] = super().clean() or {}
        text = self._text()
        if self.errors:
            return cleaned
        if not text.strip():
            raise ValidationError("Paste the file, or choose it.")
        try:
            cleaned["values"] = self._values(text)
        except (EnvFileError, NotFromRailway) as error:
            raise ValidationError(f"The file cannot be read: {error}") from None
        return cleaned

    def _values(self, text: str) -> dict[str, str | object]:
        service: Service = self.cleaned_data["service"]
        if self.cleaned_data["door"] == Door.RAILWAY:
            names = (service.name, service.railway_service, service.display_name, *service.aliases)
            return from_railway(text, names)
        reader = self.cleaned_data["reader"]
        readers = [Reader(reader)] if reader and reader != _AGREED else PORTABLE
        return from_env_file(text, readers)

    def _text(self) -> str:
        upload = self.cleaned_data.get("file")
        if upload is None:
            # a browser sends every line end as CR LF, whatever was pasted
            return str(self.cleaned_data.get("text", "")).replace("\r\n", "\n")
        if upload.size > MAX_CHARACTERS * 16:
            raise ValidationError("The file is too long.")
        try:
            return str(upload.read().decode("utf-8"))
        except UnicodeDecodeError:
            raise ValidationError("The file is not UTF-8.") from None


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("text", "file")
@sensitive_variables()
@console_view("variables.observe")
def take_in(request: HttpRequest) -> HttpResponse:
    """Ask for a file, and show what it would become; nothing is kept yet."""
    if request.method != "POST":
        initial = {name: request.GET.get(name, "") for name in ("service", "environment")}
        return _form_page(request, ImportForm(initial=initial))
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    service, environment = form.cleaned_data["service"], form.cleaned_data["environment"]
    values = form.cleaned_data["values"]
    entries = load_layers(service).in_environment(environment.name)
    seeings = look(service=service, environment=environment.name, values=values)
    rows = review(seeings, entries, values, keep_examples=form.cleaned_data["keep_examples"])
    signed = {
        "service": service.name,
        "environment": environment.name,
        "door": form.cleaned_data["door"],
        "rows": pack(rows),
    }
    context = {
        "service": service,
        "environment": environment,
        "rows": rows,
        "new_count": sum(not row.is_defined for row in rows),
        "missing": missing(seeings, entries),
        "left_out": len(values) - len(rows),
        "levels": [level.value for level in Level],
        "may_define": is_allowed(request.user, "catalog.edit"),
        "signed": signing.dumps(signed, salt=_salt(request), compress=True),
    }
    return render(request, "variables/review.html", context)


@require_POST
@console_view("variables.observe")
def keep_reviewed(request: HttpRequest) -> HttpResponse:
    """Keep how the variables of a reviewed file were, and define those that were ticked."""
    try:
        signed = signing.loads(
            request.POST.get("signed", ""), salt=_salt(request), max_age=REVIEW_SECONDS
        )
    except signing.BadSignature:
        messages.error(request, "The table is older than an hour. Take the file in again.")
        return redirect("variables-import")
    person, now = logged_in_person(request), timezone.now()
    service = Service.objects.current().filter(name=signed["service"]).first()
    environment = Environment.objects.filter(name=signed["environment"]).first()
    if service is None or environment is None:
        messages.error(request, "The service or the environment is gone. Nothing was kept.")
        return redirect("variables-import")
    rows = unpack(signed["rows"])
    chosen = [_chosen(row, request) for row in rows if _is_ticked(row, request)]
    if chosen:
        define(service=service, variables=chosen, actor=person, now=now)
    keep(
        service=service,
        environment=environment,
        seeings=[row.seeing for row in rows],
        door=Door(signed["door"]),
        actor=person,
        actor_name=person.get_username(),
        now=now,
    )
    defined = f"; {len(chosen)} defined" if chosen else ""
    messages.success(
        request,
        f"Kept how {len(rows)} variables of {service.name} are in {environment.name}{defined}.",
    )
    url = reverse("service-variables", args=[service.name])
    return redirect(f"{url}?environment={environment.name}")


def _is_ticked(row: ReviewRow, request: HttpRequest) -> bool:
    return not row.is_defined and f"define-{row.seeing.name}" in request.POST


def _chosen(row: ReviewRow, request: HttpRequest) -> NewVariable:
    """Give the definition that was asked for; a row that is ticked as a secret loses its example."""
    name = row.seeing.name
    level = request.POST.get(f"level-{name}", "")
    is_secret = f"secret-{name}" in request.POST
    return NewVariable(
        name=name,
        level=level if level in {known.value for known in Level} else Level.OPTIONAL.value,
        is_secret=is_secret,
        source=row.source,
        example="" if is_secret else row.example,
        format="" if is_secret else row.format,
    )


def _salt(request: HttpRequest) -> str:
    """Tie a table to the person who looked it over."""
    return f"{SALT}.{logged_in_person(request).pk}"


def _form_page(request: HttpRequest, form: ImportForm, *, status: int = 200) -> HttpResponse:
    environments = Environment.objects.order_by("position", "name").values_list("name", flat=True)
    bound = form.data if form.is_bound else form.initial
    context = {
        "form": form,
        "environments": environments,
        "chosen": {
            name: bound.get(name, "") for name in ("service", "environment", "door", "reader")
        },
        "services": Service.objects.current()
        .order_by("name")
        .values_list("name", flat=True)[:2000],
    }
    return render(request, "variables/import.html", context, status=status)
