"""How `regulars init` finds out what files are."""
