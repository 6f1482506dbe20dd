"""`python -m namesync`."""

from namesync.cli import main

if __name__ == "__main__":
    main()
