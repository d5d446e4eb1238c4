"""Whether pandas and the executor mean the same by one expression, and why not where they do not."""
