"""`python -m freehold`: the command that `./freehold` runs."""

from freehold.cli import main

if __name__ == "__main__":
    main(prog_name="freehold")
