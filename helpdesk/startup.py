"""What the whole service needs before it can serve."""

from django.core.checks import Tags, register

from helpdesk import checks, health

health.register()
register(checks.database_suits_production, Tags.database, deploy=True)
register(checks.proxy_is_known, Tags.security, deploy=True)
