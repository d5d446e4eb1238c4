"""What runs inside the worker process: standard library only, the same text on CPython 2.7 and 3.6 to 3.13.

No function here carries annotations, because Python 2 has none.
"""
