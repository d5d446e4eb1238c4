"""What a kernel does with a cell: connect, choose the backend, run, and keep the record."""
