"""A notebook run without a front end: what ``odps-jupyter run`` is made of.

:mod:`.document` reads the notebook, :mod:`.kernel` is its kernel, :mod:`.inside` what is put into that kernel,
:mod:`.cellerror` says what an error in it was, :mod:`.running` takes the cells one by one, :mod:`.outcome` is what
became of them and :mod:`.report` tells it.
"""
