"""The service's entry: HTTP to Django, sockets to chat, and what runs beside them.

The first request on an event loop starts the background work of this process: reading the
versions, finding replies whose process is gone, answering the other web processes.
"""

import os
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
http = get_asgi_application()

from chat.routing import websocket_urlpatterns  # noqa: E402  models need the line above
from helpdesk import background  # noqa: E402

router = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    background.ensure_running()
    await router(scope, receive, send)
