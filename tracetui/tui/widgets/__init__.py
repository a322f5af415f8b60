"""Widgets: each shows one thing and posts messages; none knows of files or databases."""
