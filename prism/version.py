"""The version of the console, read from here alone."""

VERSION = "0.1.0"
