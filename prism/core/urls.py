"""The addresses of log-in, the own account and the audit trail."""

from django.contrib import admin
from django.urls import path

from prism.core import account_views, audit_views

urlpatterns = [
    # before the admin's own pages of the same address, which write no audit entry
    path("admin/login/", account_views.LogInPage.as_view(), name="account-log-in"),
    path("admin/logout/", account_views.LogOutPage.as_view(), name="account-log-out"),
    path(
        "admin/password_change/",
        admin.site.admin_view(account_views.PasswordPage.as_view()),
        name="account-password",
    ),
    path("account/", account_views.account, name="account"),
    path("account/end-sessions/", account_views.end_sessions, name="account-end-sessions"),
    path("account/second-factor/", account_views.enrol, name="second-factor"),
    path("account/second-factor/codes/", account_views.renew_codes, name="second-factor-codes"),
    path("account/second-factor/remove/", account_views.remove, name="second-factor-remove"),
    path("audit/", audit_views.trail, name="audit"),
    path("audit/export/", audit_views.export, name="audit-export"),
    path("audit/verify/", audit_views.verify, name="audit-verify"),
]
