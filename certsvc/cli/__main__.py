"""`python -m certsvc.cli` is `certsvc`."""

from certsvc.cli.main import main

if __name__ == "__main__":
    main()
