"""One module per family of ``sira`` commands; each holds a list ``COMMANDS`` of click commands."""
