"""The admin site of the console: plain Django admin in the console's shell."""

from django.contrib.admin import AdminSite


class PrismAdminSite(AdminSite):
    """The one admin site; console pages are wrapped in its `admin_view` too."""

    site_header = "Prism"
    site_title = "Prism"
    index_title = "All records"
    enable_nav_sidebar = False
    site_url = None
