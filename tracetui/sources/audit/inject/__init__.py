"""What runs inside the recorded program: the start-up module, the hook, the values and the spool.

These files are copied beside each recording's spool and found there through PYTHONPATH, by any Python. They
import nothing of tracetui, and of the standard library only what is written in C.
"""
