"""What will fail or mean something else on the executor: one file for each rule, its docstring its page.

Import from the modules: ``checker.check`` runs them all.
"""
