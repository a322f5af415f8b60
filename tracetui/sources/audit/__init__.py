"""Python's audit events of a program and of its Python children, live.

A hook inside each process (inject) writes lines to a spool; the recorder reads them while the program runs
and tells events.
"""
