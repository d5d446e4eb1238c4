"""Cells, ids and positions; magics and shell lines blanked, line numbers kept.

Import from the modules: ``%load_ext`` needs cells and must not pay for reading files.
"""
