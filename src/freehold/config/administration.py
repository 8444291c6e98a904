"""The staff administration as an app. Its site stands in `admin_site`, which may read models."""

from django.contrib.admin.apps import AdminConfig


class FreeholdAdminConfig(AdminConfig):
    default_site = "freehold.config.admin_site.AdminSite"
    default = False
