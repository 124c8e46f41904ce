"""The page, served live on this machine; needs the extra ``ui``."""

from phlo_hooks.ui.app import create_app
from phlo_hooks.ui.database import StateFollower
from phlo_hooks.ui.live import LiveGraph
from phlo_hooks.ui.server import HOST, listen, serve

__all__ = ["HOST", "LiveGraph", "StateFollower", "create_app", "listen", "serve"]
