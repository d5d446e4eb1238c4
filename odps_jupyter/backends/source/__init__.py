"""Functions that travel as source: for an executor whose Python is not the client's.

Of all that is in a pickle of PyODPS's only code objects are tied to the client's Python. Each of them is put in its
text as a call of a small builder, which compiles the function's own source under its own file name; captured values,
classes, closures and names stay the bytes that PyODPS pickled. ``ship`` does this to a generated UDF on its way out.
"""
