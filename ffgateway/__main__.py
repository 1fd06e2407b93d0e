"""`python -m ffgateway`."""

from ffgateway.cli.main import main

if __name__ == "__main__":
    main()
