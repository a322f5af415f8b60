"""Screens: the explorer itself, and the dialogs over it."""
