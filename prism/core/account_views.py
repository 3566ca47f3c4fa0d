"""The pages about one's own account: log-in, log-out, password, second factor, sessions."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST

from prism.core import audit, second_factor
from prism.core.access import console_view, logged_in_person
from prism.core.login import LogInForm
from prism.core.roles import ROLES
from prism.core.second_factor import SESSION_FLAG, SecondFactor
from prism.core.sessions import Session, end_all_sessions


class LogInPage(LoginView):
    """The log-in page; a throttled answer is a 429 that says when to come back."""

    authentication_form = LogInForm
    template_name = "admin/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send on whoever is logged in already."""
        if request.method == "GET" and admin.site.has_permission(request):
            return HttpResponseRedirect(self.get_default_redirect_url())
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the template what the admin's own log-in page gives."""
        context = admin.site.each_context(self.request) | {"title": "Log in", "subtitle": None}
        return (
            context
            | {"app_path": self.request.get_full_path()}
            | super().get_context_data(**kwargs)
        )

    def form_valid(self, form: Any) -> HttpResponse:
        """Log in and write it down, or do neither."""
        with transaction.atomic():
            response = super().form_valid(form)
            audit.record(
                "login.ok",
                actor=form.get_user(),
                details={"second_factor": form.has_proved_second_factor},
            )
        self.request.session[SESSION_FLAG] = form.has_proved_second_factor
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again."""
        response = super().form_invalid(form)
        if form.retry_after_s is not None:
            response.status_code = 429
            response["Retry-After"] = str(form.retry_after_s)
        return response


class LogOutPage(LogoutView):
    """Ends this session, by POST only."""

    next_page = "admin:login"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it down and log out."""
        with transaction.atomic():
            if isinstance(request.user, User):
                audit.record("logout", actor=request.user)
            return super().post(request, *args, **kwargs)


class PasswordPage(PasswordChangeView):
    """Changes one's own password and ends every other session of the account."""

    form_class = AdminPasswordChangeForm
    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("account")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the template what the admin's own page gives."""
        return admin.site.each_context(self.request) | super().get_context_data(**kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Save, keep this session, end the others, write it down."""
        with transaction.atomic():
            response = super().form_valid(form)
            ended = end_all_sessions(form.user, keep=self.request.session.session_key)
            audit.record("password.changed", actor=form.user, details={"sessions_ended": ended})
        messages.success(
            self.request, "Your password is changed. You are logged out everywhere else."
        )
        return response


@console_view("account.own")
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own roles, second factor and sessions. Three queries."""
    user = logged_in_person(request)
    context = {
        "roles": user.groups.filter(name__in=ROLES).order_by("name"),
        "is_enrolled": second_factor.is_enrolled(user),
        "is_required": second_factor.is_required_for(user),
        "session_count": Session.objects.alive(timezone.now()).filter(user_id=user.pk).count(),
    }
    return render(request, "core/account.html", context)


@require_POST
@console_view("account.own")
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Log oneself out everywhere else."""
    user = logged_in_person(request)
    with transaction.atomic():
        ended = end_all_sessions(user, keep=request.session.session_key)
        audit.record("sessions.ended", actor=user, details={"sessions_ended": ended})
    messages.success(request, f"{ended} other {'session' if ended == 1 else 'sessions'} ended.")
    return redirect("account")


@console_view("account.own")
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up the second factor: start, scan the QR code, confirm with a code."""
    user = logged_in_person(request)
    if second_factor.is_enrolled(user):
        return render(request, "core/second_factor.html", {"is_enrolled": True})
    error = ""
    if request.method == "POST" and "code" not in request.POST:
        second_factor.begin_enrolment(user)
        return redirect("second-factor")
    if request.method == "POST":
        codes = second_factor.confirm_enrolment(
            user=user, code=request.POST["code"], now=timezone.now()
        )
        if codes is not None:
            end_all_sessions(user, keep=request.session.session_key)
            request.session[SESSION_FLAG] = True
            return render(request, "core/recovery_codes.html", {"codes": codes})
        error = "This code does not fit. Check the clock of your phone, or wait for the next code."
    factor = SecondFactor.objects.filter(user=user).first()
    context: dict[str, object] = {
        "error": error,
        "is_required": second_factor.is_required_for(user),
    }
    if factor:
        uri = second_factor.provisioning_uri(factor)
        context |= {"qr": second_factor.qr_image(uri), "key": second_factor.readable_key(factor)}
    return render(request, "core/second_factor.html", context, status=400 if error else 200)


@require_POST
@console_view("account.own")
def renew_codes(request: HttpRequest) -> HttpResponse:
    """Replace the recovery codes, against a code of the authenticator."""
    user = logged_in_person(request)
    if not _prove(request, user):
        return redirect("second-factor")
    codes = second_factor.renew_recovery_codes(user)
    return render(request, "core/recovery_codes.html", {"codes": codes})


@require_POST
@console_view("account.own")
def remove(request: HttpRequest) -> HttpResponse:
    """Switch one's own second factor off, against a code, unless the policy demands it."""
    user = logged_in_person(request)
    if second_factor.is_required_for(user):
        messages.error(request, "Your role needs a second factor; it cannot be switched off.")
    elif _prove(request, user):
        second_factor.remove(user=user, actor=user)
        messages.success(request, "The second factor is off.")
    return redirect("second-factor")


def _prove(request: HttpRequest, user: User) -> bool:
    """Check the code that guards a change of the second factor itself."""
    code = request.POST.get("code", "")
    if second_factor.verify_code(user=user, code=code, now=timezone.now()):
        return True
    audit.record("second_factor.failed", actor=user)
    messages.error(request, "This code is not valid.")
    return False
