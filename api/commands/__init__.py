"""One module per family of ``sira`` commands; each holds its click commands in ``COMMANDS``, and `main` names them."""
