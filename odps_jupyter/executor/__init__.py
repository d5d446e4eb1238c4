"""The twin of MaxCompute's executor: it runs a Python UDF as the service would, in an isolated process.

A leaf of the package: the embedded MaxCompute and preflight stand on it. The code that runs inside the worker
lives in ``guest`` and is standard-library only.
"""
