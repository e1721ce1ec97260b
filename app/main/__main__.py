"""`python -m app.main` is the command `orderscope`."""

from app.main.commands import main

main()
