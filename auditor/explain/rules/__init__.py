"""One file a rule. The folder is scanned: a new file is a new rule."""
