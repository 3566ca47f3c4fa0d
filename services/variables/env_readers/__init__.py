"""How four programs read a `.env` file, each in a module of its own. Pure."""
