"""The tables of analysis documents with their revisions, and of runs with their steps."""

from datetime import date

from django.db import models
from django.db.models.functions import Lower

from services.analyses.facts import MAPPINGS, facts_of, names_of
from services.analyses.staleness import Judgement, judge
from services.analyses.stated import DEPLOYMENT_FIELDS, SERVICE_FIELDS, Statement
from services.catalog.models import MigrationPlan, Runbook, Service

# What a judgement is made of: the whole analysis, and of its service only what is a fact or a name.
_JUDGED = (
    *("service", "file_name", "title", "number", "analysed_on", "review_on"),
    *("statements", "facts", "written_at", "author_name"),
    *(f"service__{name}" for name in ("archived_at", "display_name", "name", "railway_service")),
    *(f"service__{name}" for name in (*SERVICE_FIELDS, *MAPPINGS)),
    *(f"service__deployment__{name}" for name in DEPLOYMENT_FIELDS),
)


class AnalysisQuerySet(models.QuerySet["Analysis"]):
    """Reads of analyses, named after the pages that show them."""

    def for_judging(self) -> "AnalysisQuerySet":
        """List the documents of current services with what judging them needs. One query."""
        return (
            self.filter(service__archived_at__isnull=True)
            .select_related("service__deployment")
            .only(*_JUDGED)
            .order_by("service__name", "pk")
        )

    def for_listing(self) -> "AnalysisQuerySet":
        """List them with the project of each service too. One query."""
        return (
            self.for_judging()
            .select_related("service__project")
            .only(*_JUDGED, "service__project__name")
        )


class Analysis(models.Model):
    """The document of one service; its text is that of the revision with its `number`.

    What was read from the text is kept beside it: `statements` is a list of
    `{"label", "value", "line", "section"}`. `facts` is the catalog, by field, when the document was
    last analysed.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="analysis")
    file_name = models.CharField(max_length=160)
    title = models.CharField(max_length=300, blank=True, default="")
    number = models.PositiveIntegerField(default=1)
    analysed_on = models.DateField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    statements = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    written_at = models.DateTimeField()
    author_name = models.CharField(max_length=200)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "analyses"
        constraints = [
            models.UniqueConstraint(
                Lower("file_name"), name="analysis_file_name_is_unique_in_any_case"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def judged(self, service: Service, *, today: date) -> Judgement:
        """Weigh the document against its service, loaded with its deployment. No query."""
        return judge(
            statements=[Statement(**statement) for statement in self.statements],
            facts_then=self.facts,
            facts_now=facts_of(service),
            names=names_of(service),
            review_on=self.review_on,
            today=today,
        )


class AnalysisRevision(models.Model):
    """One text of a document, exactly as it was written; the first has number 1."""

    class Kind(models.TextChoices):
        """How the text came in."""

        IMPORT = "import"
        EDIT = "edit"
        REVIEW = "review"

    analysis = models.ForeignKey(Analysis, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    text = models.TextField()
    message = models.CharField(max_length=300, blank=True, default="")
    created_at = models.DateTimeField()
    author_name = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["analysis", "number"], name="analysis_revision_has_one_text"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.analysis_id} #{self.number}"


class RunQuerySet(models.QuerySet["Run"]):
    """Reads of runs, named after the pages that show them."""

    def with_progress(self) -> "RunQuerySet":
        """Count the steps, and those that nobody has to do any more."""
        settled = models.Q(steps__state__in=[RunStep.State.DONE, RunStep.State.SKIPPED])
        return self.annotate(
            step_count=models.Count("steps"), settled_count=models.Count("steps", filter=settled)
        )

    def open(self) -> "RunQuerySet":
        """List the runs that nobody has ended, the newest first."""
        return self.filter(outcome=Run.Outcome.OPEN).with_progress().order_by("-started_at", "-pk")

    def ended(self) -> "RunQuerySet":
        """List the runs that are over, the newest first."""
        return self.exclude(outcome=Run.Outcome.OPEN).with_progress().order_by("-started_at", "-pk")


class Run(models.Model):
    """A runbook or a migration plan carried out once. It keeps its own copy of title and steps."""

    class Outcome(models.TextChoices):
        """How it ended."""

        OPEN = "open"
        FINISHED = "finished"
        ABANDONED = "abandoned"

    runbook = models.ForeignKey(Runbook, null=True, on_delete=models.SET_NULL, related_name="runs")
    plan = models.ForeignKey(
        MigrationPlan, null=True, on_delete=models.SET_NULL, related_name="runs"
    )
    title = models.CharField(max_length=250)
    reason = models.CharField(max_length=300, blank=True, default="")
    rollback = models.JSONField(default=list)
    started_at = models.DateTimeField()
    starter_name = models.CharField(max_length=200)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, default=Outcome.OPEN)
    ended_at = models.DateTimeField(null=True)
    ender_name = models.CharField(max_length=200, blank=True, default="")
    conclusion = models.TextField(blank=True, default="")

    step_count: int  # these two only on rows of `with_progress`
    settled_count: int

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="open", ended_at__isnull=True)
                | (~models.Q(outcome="open") & models.Q(ended_at__isnull=False)),
                name="run_is_open_until_it_ended",
            ),
        ]
        indexes = [models.Index(fields=["outcome", "-started_at"])]

    def __str__(self) -> str:
        return self.title


class RunStep(models.Model):
    """One step of a run, and who settled it."""

    class State(models.TextChoices):
        """Where it stands."""

        OPEN = "open"
        DONE = "done"
        SKIPPED = "skipped"

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    command = models.TextField(blank=True, default="")
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    note = models.CharField(max_length=300, blank=True, default="")
    settled_at = models.DateTimeField(null=True)
    settler_name = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="run_has_each_step_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"
