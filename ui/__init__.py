"""The page: one file per tab, the plots as pure functions, and two components of our own."""
