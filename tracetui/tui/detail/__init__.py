"""Detail: everything that is known of one event, line by line.

The model (``lines``) is free of Textual; ``pane`` shows it.
"""
