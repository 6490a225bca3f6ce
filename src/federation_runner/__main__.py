"""`python -m federation_runner` is the command `waldur-federation`."""

from federation_runner.cli import main

if __name__ == "__main__":
    main()
