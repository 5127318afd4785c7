"""One file a subcommand; heavy imports sit inside the functions, so `--help` is immediate."""
