"""Deliveries that satisfy the ``Delivery`` port: standard output, a folder, a webhook."""

from executus_core.deliver.files import write_artifacts
from executus_core.deliver.folder import Folder
from executus_core.deliver.stdout import StandardOutput
from executus_core.deliver.webhook import Webhook

__all__ = ["Folder", "StandardOutput", "Webhook", "write_artifacts"]
