"""How facts look in a notebook's output and in a terminal. Everything from a notebook is escaped."""
