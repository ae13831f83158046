"""Change features: create, replace, update and delete rows of any editable layer, as policies allow."""

from layers.edits.changes import Editor, Written, create, delete, replace, update
from layers.edits.target import may

__all__ = ["Editor", "Written", "create", "delete", "may", "replace", "update"]
