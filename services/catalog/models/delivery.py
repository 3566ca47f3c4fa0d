"""How services are built, deployed and continuously integrated."""

from django.db import models

from services.catalog.models.service import Service


class DeploymentSettings(models.Model):
    """How one service is built and started."""

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="deployment")
    platform = models.CharField(max_length=100, blank=True, default="")
    root_directory = models.CharField(max_length=300, blank=True, default="")
    source = models.CharField(max_length=300, blank=True, default="")
    dockerfile = models.CharField(max_length=300, blank=True, default="")
    build_context = models.CharField(max_length=300, blank=True, default="")
    build_command = models.TextField(blank=True, default="")
    output_dir = models.CharField(max_length=300, blank=True, default="")
    pre_deploy_command = models.TextField(blank=True, default="")
    start_command = models.TextField(blank=True, default="")
    healthcheck_path = models.CharField(max_length=512, blank=True, default="")
    healthcheck_timeout_s = models.PositiveIntegerField(null=True, blank=True)
    port = models.CharField(max_length=40, blank=True, default="")
    replicas = models.PositiveSmallIntegerField(null=True, blank=True)
    restart_policy = models.CharField(max_length=20, blank=True, default="")
    cron_schedule = models.CharField(max_length=100, blank=True, default="")
    watch_paths = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name_plural = "deployment settings"

    def __str__(self) -> str:
        return f"Deployment of {self.service_id}"


class Workflow(models.Model):
    """A CI/CD workflow; `requires` lists the names of workflows that must pass first."""

    name = models.CharField(max_length=100, unique=True)
    file = models.CharField(max_length=300, blank=True, default="")
    triggers = models.JSONField(default=list, blank=True)
    branches = models.JSONField(default=list, blank=True)
    paths = models.JSONField(default=list, blank=True)
    requires = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.name
